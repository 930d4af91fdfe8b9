import type { Container } from '../../../../kube/objects.ts'

type Port = NonNullable<Container['ports']>[number]

interface Placed {
  readonly field: string
  readonly port: Port
}

/** Warnings for ports that are said twice, or that cannot both be had, over all containers of a pod. */
export function portWarnings(containers: readonly { readonly at: string; readonly container: Container }[]): string[] {
  const seen = new Map<string, Placed[]>()
  return containers.flatMap(({ at, container }) =>
    (container.ports ?? []).flatMap((port, index) => {
      const field = `${at}.ports[${index}]`
      const key = `${port.containerPort}/${port.protocol}`
      const others = seen.get(key) ?? []
      // The first of many stands for all: warnings stay as few as the ports.
      const clash = others.map((other) => clashOf(port, other)).find((found) => found !== undefined)
      seen.set(key, [...others, { field, port }].slice(0, mostCompared))
      return [...(port.hostIP && !port.hostPort ? [`${field}: hostIP set without hostPort: ${asGo(port)}`] : []), ...(clash ? [`${field}: ${clash}`] : [])]
    }),
  )
}

const mostCompared = 20

function clashOf(port: Port, { field, port: other }: Placed): string | undefined {
  const [host, otherHost] = [port.hostPort ?? 0, other.hostPort ?? 0]
  const [ip, otherIp] = [port.hostIP ?? '', other.hostIP ?? '']
  if (ip === otherIp && host === otherHost) return `duplicate port definition with ${field}`
  if (host === 0 || otherHost === 0) return `overlapping port definition with ${field}`
  return host === otherHost && (ip === '') !== (otherIp === '') ? `dangerously ambiguous port definition with ${field}` : undefined
}

/** As Go's `%+v` shows the struct. */
const asGo = ({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: Port) =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`
