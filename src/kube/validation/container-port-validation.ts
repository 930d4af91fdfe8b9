import type { Container } from '../objects.ts'
import { duplicate, eachOf, type FieldError, invalid, notSupported, required } from './field-errors.ts'
import { validatePort, validatePortName } from './formats.ts'

const protocols = ['TCP', 'UDP', 'SCTP']

/** The ports of a container. */
export function validateContainerPorts(path: string, ports: Container['ports']): FieldError[] {
  const names = new Set<string>()
  return eachOf(path, ports, (at, { name, containerPort, hostPort, protocol }) => {
    const errors = name ? validatePortName(`${at}.name`, name) : []
    if (name && errors.length === 0) {
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
      names.add(name)
    }
    errors.push(...(containerPort ? validatePort(`${at}.containerPort`, containerPort) : [required(`${at}.containerPort`)]))
    if (hostPort) errors.push(...validatePort(`${at}.hostPort`, hostPort))
    if (!protocol) errors.push(required(`${at}.protocol`))
    else if (!protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols))
    return errors
  })
}

/** Ports of the node that two of the containers want. */
export function validateHostPorts(path: string, containers: readonly Container[] | undefined): FieldError[] {
  const taken = new Set<string>()
  return eachOf(path, containers, (at, { ports }) =>
    eachOf(`${at}.ports`, ports, (place, { protocol = '', hostIP = '', hostPort }) => {
      if (!hostPort) return []
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) return [duplicate(`${place}.hostPort`, key)]
      taken.add(key)
      return []
    }),
  )
}

/** On the node's network a port has one number. In a template it may be left open: it gets its number with the pod. */
export const validateHostNetworkPorts = (path: string, containers: readonly Container[] | undefined, isPod: boolean): FieldError[] =>
  eachOf(path, containers, (at, { ports }) =>
    eachOf(`${at}.ports`, ports, (place, { hostPort = 0, containerPort }) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort
        ? [invalid(`${place}.hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')]
        : [],
    ),
  )
