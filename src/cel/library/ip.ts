import { goQuote } from '../../base/go-quote.ts'
import { readsFirst } from '../evaluate/cost.ts'
import { EvaluationError, OpaqueValue } from '../evaluate/values.ts'
import { opaque } from '../types/types.ts'
import { type Library, overloads } from './definition.ts'
import { type Address, addressText, bitsOf, masked, parseAddress, within } from './ip-address.ts'

/** `net.IP`. */
class Ip extends OpaqueValue {
  readonly typeName = 'net.IP'
  readonly address: Address
  constructor(address: Address) {
    super()
    this.address = address
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof Ip && other.address.family === this.address.family && other.address.value === this.address.value
  }
}

/** `net.CIDR`. */
class Cidr extends OpaqueValue {
  readonly typeName = 'net.CIDR'
  readonly address: Address
  readonly prefix: number
  constructor(address: Address, prefix: number) {
    super()
    this.address = address
    this.prefix = prefix
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof Cidr && other.prefix === this.prefix && other.address.family === this.address.family && other.address.value === this.address.value
  }
}

function ip(text: string): Ip {
  const address = parseAddress(text)
  if ('fault' in address)
    throw new EvaluationError(`IP Address ${goQuote(text)} parse error during conversion from string: ParseAddr(${goQuote(text)}): ${address.fault}`)
  return new Ip(address)
}

function parseCidr(text: string): Cidr | undefined {
  const [, host = '', bits = ''] = /^(.+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const address = parseAddress(host)
  return 'fault' in address || Number(bits) > bitsOf(address) ? undefined : new Cidr(address, Number(bits))
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text)
  if (!parsed) throw new EvaluationError(`network address parse error during conversion from string: netip.ParsePrefix(${goQuote(text)})`)
  return parsed
}

const containsCidr = (outer: Cidr, inner: Cidr) => inner.prefix >= outer.prefix && within(inner.address, outer.address, outer.prefix)

const inNetwork = (network: string) => {
  const { address, prefix } = cidr(network)
  return ({ address: asked }: Ip) => within(asked, address, prefix)
}
const any =
  (...tests: ((value: Ip) => boolean)[]) =>
  (value: Ip) =>
    tests.some((test) => test(value))
const isUnspecified = ({ address }: Ip) => address.value === 0n
const isLoopback = any(inNetwork('127.0.0.0/8'), inNetwork('::1/128'))
const isLinkLocalMulticast = any(inNetwork('224.0.0.0/24'), inNetwork('ff02::/16'))
const isLinkLocalUnicast = any(inNetwork('169.254.0.0/16'), inNetwork('fe80::/10'))
const isMulticast = any(inNetwork('224.0.0.0/4'), inNetwork('ff00::/8'))
const isBroadcast = ({ address }: Ip) => address.family === 4 && address.value === 0xffffffffn

/** Kubernetes' functions of addresses and networks. */
export const ips: Library = {
  overloads: [
    ...overloads(
      {
        'ip(string): net.IP': ip,
        'isIP(string): bool': (text: string) => !('fault' in parseAddress(text)),
        'ip.isCanonical(string): bool': (text: string) => addressText(ip(text).address) === text,
        'cidr(string): net.CIDR': cidr,
        'isCIDR(string): bool': (text: string) => parseCidr(text) !== undefined,
      },
      (args) => readsFirst(args),
    ),
    ...overloads({
      'string(net.IP): string': ({ address }: Ip) => addressText(address),
      'net.IP.family(): int': ({ address }: Ip) => BigInt(address.family),
      'net.IP.isUnspecified(): bool': isUnspecified,
      'net.IP.isLoopback(): bool': isLoopback,
      'net.IP.isLinkLocalMulticast(): bool': isLinkLocalMulticast,
      'net.IP.isLinkLocalUnicast(): bool': isLinkLocalUnicast,
      'net.IP.isGlobalUnicast(): bool': (value: Ip) => !any(isUnspecified, isLoopback, isMulticast, isLinkLocalUnicast, isBroadcast)(value),
      'net.CIDR.containsIP(string): bool': (network: Cidr, text: string) => within(ip(text).address, network.address, network.prefix),
      'net.CIDR.containsIP(net.IP): bool': (network: Cidr, { address }: Ip) => within(address, network.address, network.prefix),
      'net.CIDR.containsCIDR(string): bool': (network: Cidr, text: string) => containsCidr(network, cidr(text)),
      'net.CIDR.containsCIDR(net.CIDR): bool': containsCidr,
      'net.CIDR.ip(): net.IP': ({ address }: Cidr) => new Ip(address),
      'net.CIDR.masked(): net.CIDR': ({ address, prefix }: Cidr) => new Cidr(masked(address, prefix), prefix),
      'net.CIDR.prefixLength(): int': ({ prefix }: Cidr) => BigInt(prefix),
      'string(net.CIDR): string': ({ address, prefix }: Cidr) => `${addressText(address)}/${prefix}`,
    }),
  ],
  types: { 'net.IP': opaque('net.IP'), 'net.CIDR': opaque('net.CIDR') },
}
