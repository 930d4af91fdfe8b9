import { readFile } from 'node:fs/promises'

/**
 * Addresses in the network namespace of a process, as the kernel tells them: of a sandbox whose network Docker knows nothing of (cri-dockerd's, by CNI).
 * None when the process is gone.
 */
export async function processAddresses(pid: number): Promise<string[]> {
  if (pid === 0) return []
  const read = (name: string) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')
  const [routes, interfaces] = await Promise.all([read('fib_trie'), read('if_inet6')])
  return [...localAddresses(routes), ...globalAddresses(interfaces)]
}

/** IPv4, of `/proc/net/fib_trie`: what is `/32 host LOCAL`, without loopback. */
export function localAddresses(fibTrie: string): string[] {
  const found = new Set<string>()
  for (const [, address = ''] of fibTrie.matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\n\s+\/32 host LOCAL/g)) if (!address.startsWith('127.')) found.add(address)
  return [...found]
}

/** IPv6 of global scope, of `/proc/net/if_inet6`. */
export function globalAddresses(ifInet6: string): string[] {
  return ifInet6
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([digits = '', , , scope, , name]) => digits.length === 32 && scope === '00' && name !== 'lo')
    .map(([digits = '']) => new URL(`http://[${digits.match(/.{4}/g)?.join(':')}]`).hostname.slice(1, -1))
}
