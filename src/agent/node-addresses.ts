import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { AgentConfig } from '../config/agent-config.ts'
import { ConfigError } from '../config/agent-config.ts'

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
  if (byName && !isLoopback(byName) && (await isOwn(byName))) return [byName]
  return [(await defaultRouteAddress()) ?? ownAddress('IPv4')]
}

/** One of the host's own that others may reach. */
function ownAddress(family: 'IPv4' | 'IPv6'): string {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((each) => each.family === family && !each.internal && !each.address.startsWith('fe80:'))
  if (!found) throw new ConfigError(`--node-ip: no ${family} address of this host was found; give one`)
  return found.address
}

/** Beyond every network of a host's own (RFC 5737): the way there is the default route. Nothing is sent. */
const faraway = '198.51.100.1'

/** The address that the kernel gives to what goes by the default route; undefined where there is none. */
function defaultRouteAddress(): Promise<string | undefined> {
  return withSocket((socket, answer) => {
    socket.once('error', () => answer(undefined))
    socket.connect(9, faraway, () => {
      const { address } = socket.address()
      answer(isLoopback(address) || address === '0.0.0.0' ? undefined : address)
    })
  })
}

/** Whether the host has this address. Asked of the kernel, since a list of all interfaces takes a third of a second where a hundred pods have one each. */
function isOwn(ip: string): Promise<boolean> {
  return withSocket((socket, answer) => {
    socket.once('error', () => answer(false))
    socket.bind({ address: ip, port: 0, exclusive: true }, () => answer(true))
  })
}

async function withSocket<T>(ask: (socket: Socket, answer: (value: T) => void) => void): Promise<T> {
  const socket = createSocket('udp4')
  try {
    return await new Promise<T>((resolve) => ask(socket, resolve))
  } finally {
    socket.close()
  }
}

const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1'
