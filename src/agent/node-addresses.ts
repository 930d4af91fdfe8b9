import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { AgentConfig } from '../config/agent-config.ts'
import { ConfigError } from '../config/agent-config.ts'
import { defaultInterface } from '../stats/proc/network.ts'

/** The node's addresses: `--node-ip`, else the host name's, else the default route's interface. Loopback cannot be reached by others and is refused. */
export async function nodeAddressesOf(config: Pick<AgentConfig, 'nodeIps' | 'nodeName'>): Promise<string[]> {
  if (config.nodeIps.length > 0) {
    for (const ip of config.nodeIps)
      if (isLoopback(ip))
        throw new ConfigError(`--node-ip: ${ip} is a loopback address, which nobody else can reach; give an address of one of the host's interfaces`)
    return [...config.nodeIps]
  }
  const byName = await lookup(hostname(), { family: 4 }).then(
    ({ address }) => address,
    () => undefined,
  )
  const own = new Set(Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)))
  if (byName && !isLoopback(byName) && own.has(byName)) return [byName]
  const address = defaultRouteAddress() ?? [...own].find((each) => isIPv4(each) && !isLoopback(each))
  if (!address) throw new ConfigError('--node-ip: no address of this host was found; give one')
  return [address]
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
