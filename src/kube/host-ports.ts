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
      .map((port) => ({ protocol: port.protocol ?? 'TCP', port: port.hostPort ?? 0, ip: port.hostIP || everywhere })),
  )
}

const everywhere = '0.0.0.0'

/** Ports of a node that are taken: whether one more fits is found without going through them all. */
export class TakenPorts {
  /** How often each address is taken, by protocol and port. */
  readonly #taken = new Map<string, Map<string, number>>()

  constructor(ports: Iterable<HostPort> = []) {
    for (const port of ports) this.add(port)
  }

  add(port: HostPort): void {
    const addresses = this.#taken.get(keyOf(port)) ?? new Map<string, number>()
    addresses.set(port.ip, (addresses.get(port.ip) ?? 0) + 1)
    this.#taken.set(keyOf(port), addresses)
  }

  delete(port: HostPort): void {
    const addresses = this.#taken.get(keyOf(port))
    const count = addresses?.get(port.ip) ?? 0
    if (count > 1) addresses?.set(port.ip, count - 1)
    else addresses?.delete(port.ip)
    if (addresses?.size === 0) this.#taken.delete(keyOf(port))
  }

  /** Two pods cannot have both: the same port of one address, or of one and of all. */
  conflicts(port: HostPort): boolean {
    const addresses = this.#taken.get(keyOf(port))
    if (!addresses) return false
    return port.ip === everywhere || addresses.has(port.ip) || addresses.has(everywhere)
  }
}

const keyOf = ({ protocol, port }: HostPort) => `${protocol}/${port}`
