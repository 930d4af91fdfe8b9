import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { AgentConfig } from '../config/agent-config.ts'
import { ConfigError } from '../config/agent-config.ts'
import { defaultInterface } from '../stats/proc/network.ts'

/**
 * The node's addresses: `--node-ip`, else the node's name when it is an address itself, else the host name's, else the default route's interface.
 * Loopback cannot be reached by others and is refused. `0.0.0.0` and `::` stand for the address of that family that would be found.
 */
export async function nodeAddressesOf(config: Pick<AgentConfig, 'nodeIps' | 'nodeName'>): Promise<string[]> {
  const [first] = config.nodeIps
  if (first === '::') return [ownAddress('IPv6')]
  if (first !== undefined && first !== '0.0.0.0') {
    for (const ip of config.nodeIps)
      if (isLoopback(ip))
        throw new ConfigError(`--node-ip: ${ip} is a loopback address, which nobody else can reach; give an address of one of the host's interfaces`)
    return [...config.nodeIps]
  }
  // kubelet: a --hostname-override that is an address is the node's.
  if (first === undefined && isIP(config.nodeName) !== 0 && !isLoopback(config.nodeName)) return [config.nodeName]
  const byName = await lookup(hostname(), { family: 4 }).then(
    ({ address }) => address,
    () => undefined,
  )
  const own = new Set(Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)))
  if (byName && !isLoopback(byName) && own.has(byName)) return [byName]
  return [defaultRouteAddress() ?? ownAddress('IPv4')]
}

/** One of the host's own that others may reach. */
function ownAddress(family: 'IPv4' | 'IPv6'): string {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((each) => each.family === family && !each.internal && !each.address.startsWith('fe80:'))
  if (!found) throw new ConfigError(`--node-ip: no ${family} address of this host was found; give one`)
  return found.address
}

function defaultRouteAddress(): string | undefined {
  try {
    const name = defaultInterface(readFileSync('/proc/net/route', 'utf8'))
    return name === undefined ? undefined : networkInterfaces()[name]?.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
  } catch {
    // No procfs: the caller looks on.
    return undefined
  }
}

const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1'
