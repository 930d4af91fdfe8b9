import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { canonicalIp } from '../../base/canonical-ip.ts'
import { type FieldError, invalid } from './field-errors.ts'

// Rules and words of k8s.io/apimachinery/pkg/util/validation/ip.go.

/** An address or a network, as far as it can be read: leading zeros are taken as old parsers took them. */
interface Parsed {
  readonly address: string
  readonly family: 'ipv4' | 'ipv6'
  readonly leadingZeros: boolean
}

function parseIp(value: string): Parsed | undefined {
  if (isIPv6(value) && !value.includes('%')) return { address: value, family: 'ipv6', leadingZeros: false }
  if (!/^\d{1,10}(\.\d{1,10}){3}$/.test(value)) return undefined
  const address = value.replace(/(^|\.)0+(?=\d)/g, '$1')
  return isIPv4(address) ? { address, family: 'ipv4', leadingZeros: address !== value } : undefined
}

const isMapped = ({ address, family }: Parsed) => family === 'ipv6' && /^::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/.test(canonicalIp(address))

/** An IP address, of a field that takes forms which are not canonical (`FE80:0::0abc`). `known` are values that were stored already. */
export function validateIpLeniently(field: string, value: string, known: readonly string[] = []): FieldError[] {
  if (known.includes(value)) return []
  const parsed = parseIp(value)
  if (!parsed) return [invalid(field, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]
  if (parsed.leadingZeros) return [invalid(field, value, 'must not have leading 0s')]
  return isMapped(parsed) ? [invalid(field, value, 'must not be an IPv4-mapped IPv6 address')] : []
}

/** An IP address in its canonical form. */
export function validateIp(field: string, value: string): FieldError[] {
  const errors = validateIpLeniently(field, value)
  if (errors.length > 0) return errors
  const canonical = canonicalIp(value)
  return canonical === value ? [] : [invalid(field, value, `must be in canonical form (${JSON.stringify(canonical)})`)]
}

/** An address that is an endpoint's: it names one host, and not this one. */
export function validateNonSpecialIp(field: string, value: string): FieldError[] {
  const family = isIP(value)
  if (family === 0) return []
  const within = (ranges: readonly (readonly [string, number])[]) => isWithin(value, ranges)
  const ip = family === 4 ? 'ipv4' : 'ipv6'
  if (canonicalIp(value) === (family === 4 ? '0.0.0.0' : '::')) return [invalid(field, value, `may not be unspecified (${value})`)]
  if (within(special[ip].loopback)) return [invalid(field, value, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')]
  if (within(special[ip].linkLocal)) return [invalid(field, value, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)')]
  if (within(special[ip].multicast)) return [invalid(field, value, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')]
  return []
}

const special = {
  ipv4: { loopback: [['127.0.0.0', 8]], linkLocal: [['169.254.0.0', 16]], multicast: [['224.0.0.0', 24]] },
  ipv6: { loopback: [['::1', 128]], linkLocal: [['fe80::', 10]], multicast: [['ff02::', 16]] },
} as const

function isWithin(address: string, networks: readonly (readonly [string, number])[]): boolean {
  const list = new BlockList()
  for (const [network, bits] of networks) list.addSubnet(network, bits, isIPv4(network) ? 'ipv4' : 'ipv6')
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

/** A network by its first address and the length of its prefix. */
export interface Network {
  readonly address: string
  readonly family: 'ipv4' | 'ipv6'
  readonly bits: number
}

interface ParsedNetwork extends Network {
  readonly leadingZeros: boolean
  readonly mapped: boolean
}

function parse(value: string): ParsedNetwork | undefined {
  const [text = '', length = '', ...more] = value.split('/')
  const ip = parseIp(text)
  if (!ip || more.length > 0 || !/^\d{1,9}$/.test(length)) return undefined
  const bits = Number(length)
  if (bits > (ip.family === 'ipv4' ? 32 : 128)) return undefined
  return { ...ip, bits, leadingZeros: ip.leadingZeros || String(bits) !== length, mapped: isMapped(ip) }
}

/** The network that a CIDR stands for, if it can be read at all. */
export const networkOf = (value: string): Network | undefined => parse(value)

/** Whether `inner` is part of `outer`, and not all of it. */
export const isStrictlyWithin = (inner: Network, outer: Network): boolean =>
  inner.family === outer.family && inner.bits > outer.bits && isWithin(inner.address, [[outer.address, outer.bits]])

/** The bits of an address, the highest first. */
function bitsOf({ address, family }: Network): bigint {
  if (family === 'ipv4') return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
  const [head = '', tail] = canonicalIp(address).split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const [left, right] = [groups(head), groups(tail)]
  const all = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return all.reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n)
}

function hasHostBits(network: Network): boolean {
  const host = BigInt((network.family === 'ipv4' ? 32 : 128) - network.bits)
  return (bitsOf(network) & ((1n << host) - 1n)) !== 0n
}

/** A network, of a field that takes forms which are not canonical. `known` are values that were stored already. */
export function validateCidrLeniently(field: string, value: string, known: readonly string[] = []): FieldError[] {
  if (known.includes(value)) return []
  const network = parse(value)
  if (!network) return [invalid(field, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')]
  if (network.leadingZeros) return [invalid(field, value, 'must not have leading 0s in IP or prefix length')]
  if (network.mapped) return [invalid(field, value, 'must not have an IPv4-mapped IPv6 address')]
  return hasHostBits(network) ? [invalid(field, value, 'must not have bits set beyond the prefix length')] : []
}

/** A network in its canonical form. */
export function validateCidr(field: string, value: string): FieldError[] {
  const errors = validateCidrLeniently(field, value)
  const network = parse(value)
  if (errors.length > 0 || !network) return errors
  const canonical = `${canonicalIp(network.address)}/${network.bits}`
  return canonical === value ? [] : [invalid(field, value, `must be in canonical form (${JSON.stringify(canonical)})`)]
}
