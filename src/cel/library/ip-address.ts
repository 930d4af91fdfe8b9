import { isIP } from 'node:net'

/** An address as its number, of 32 or 128 bits. */
export interface Address {
  readonly family: 4 | 6
  readonly value: bigint
}

/** A plain address; one with a zone, or IPv4 within IPv6, is none. Answers what is wrong. */
export function parseAddress(text: string): Address | { readonly fault: string } {
  const family = isIP(text)
  if (family === 4) return { family, value: ipv4(text) }
  if (family !== 6) return { fault: `unable to parse IP` }
  if (text.includes('%')) return { fault: `IP address ${JSON.stringify(text)} with zone value is not allowed` }
  const address: Address = { family, value: ipv6(text) }
  return address.value >> 32n === 0xffffn ? { fault: `IPv4-mapped IPv6 address is not allowed` } : address
}

const ipv4 = (text: string) => text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)

function ipv6(text: string): bigint {
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1]
  const tail = dotted === undefined ? undefined : ipv4(dotted)
  const whole = tail === undefined ? text : text.replace(/\d+\.\d+\.\d+\.\d+$/, `${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`)
  const [before = '', after] = whole.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [first, last] = [groups(before), groups(after ?? '')]
  const zeros = Array.from({ length: after === undefined ? 0 : 8 - first.length - last.length }, () => '0')
  return [...first, ...zeros, ...last].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

/** As RFC 5952 writes it. */
export function addressText({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16))
  let best = { from: 0, length: 0 }
  for (let from = 0; from < 8; from += 1) {
    let length = 0
    while (groups[from + length] === '0') length += 1
    if (length > best.length) best = { from, length }
  }
  if (best.length < 2) return groups.join(':')
  return `${groups.slice(0, best.from).join(':')}::${groups.slice(best.from + best.length).join(':')}`
}

export const bitsOf = ({ family }: Address): number => (family === 4 ? 32 : 128)

/** The address with all bits beyond the prefix zero. */
export function masked(address: Address, prefix: number): Address {
  const rest = BigInt(bitsOf(address) - prefix)
  return { ...address, value: (address.value >> rest) << rest }
}

/** Whether an address lies in `network/prefix`. */
export const within = (address: Address, network: Address, prefix: number): boolean =>
  address.family === network.family && masked(address, prefix).value === masked(network, prefix).value
