import type { Pod } from './objects.ts'

/** A port of the node that a pod takes. */
export interface HostPort {
  readonly protocol: string
  readonly port: number
  /** `0.0.0.0`: every address. */
  readonly ip: string
}

/** The host ports of the containers that run side by side: the main ones and the sidecars. */
export function hostPorts(pod: Pod): HostPort[] {
  const containers = [...(pod.spec?.initContainers ?? []).filter((each) => each.restartPolicy === 'Always'), ...(pod.spec?.containers ?? [])]
  return containers.flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => port.hostPort)
      .map((port) => ({ protocol: port.protocol ?? 'TCP', port: port.hostPort ?? 0, ip: port.hostIP || '0.0.0.0' })),
  )
}

/** Two pods cannot have both. */
export const portsConflict = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
