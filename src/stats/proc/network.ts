/** Counters of one interface since it came up. */
export interface InterfaceStats {
  readonly name: string
  readonly rxBytes: number
  readonly rxPackets: number
  readonly rxErrors: number
  readonly rxDropped: number
  readonly txBytes: number
  readonly txPackets: number
  readonly txErrors: number
  readonly txDropped: number
}

const ignored = ['lo', 'veth', 'docker']

/** Parses `/proc/net/dev` (or `/proc/<pid>/net/dev`, for the network of a pod). cAdvisor: the loopback is left out, and on the node what leads into containers. */
export function parseNetDev(text: string): InterfaceStats[] {
  const interfaces: InterfaceStats[] = []
  for (const line of text.split('\n').slice(2)) {
    const colon = line.lastIndexOf(':')
    if (colon < 0) continue
    const name = line.slice(0, colon).trim()
    const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0, , , , , txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = line
      .slice(colon + 1)
      .trim()
      .split(/ +/)
      .map(Number)
    if (!ignored.some((prefix) => name.startsWith(prefix)))
      interfaces.push({ name, rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped })
  }
  return interfaces
}

/** Finds the interface of the default route in `/proc/net/route`; undefined without one. */
export function defaultInterface(routes: string): string | undefined {
  for (const line of routes.split('\n').slice(1)) {
    const [name, destination, , , , , , mask] = line.split(/\s+/)
    if (destination === '00000000' && mask === '00000000') return name
  }
  return undefined
}
