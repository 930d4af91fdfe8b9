import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  isStrictlyWithin,
  networkOf,
  validateCidr,
  validateCidrLeniently,
  validateIp,
  validateIpLeniently,
  validateNonSpecialIp,
} from '../../../src/kube/validation/ip-validation.ts'

const said = (errors: readonly { readonly message: string }[]) => errors.map(({ message }) => message)

test('an address is taken in every spelling where the field is old, and in one alone where it is new', () => {
  for (const ip of ['10.0.0.1', '2001:db8::1']) assert.deepEqual([validateIpLeniently('f', ip), validateIp('f', ip)], [[], []])
  assert.deepEqual(validateIpLeniently('f', '2001:DB8:0:0::1'), [])
  assert.deepEqual(said(validateIp('f', '2001:DB8:0:0::1')), ['Invalid value: "2001:DB8:0:0::1": must be in canonical form ("2001:db8::1")'])
  assert.deepEqual(said(validateIpLeniently('f', '010.0.0.1')), ['Invalid value: "010.0.0.1": must not have leading 0s'])
  assert.deepEqual(said(validateIpLeniently('f', '::ffff:1.2.3.4')), ['Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address'])
  for (const none of ['', '1.2.3', '256.0.0.1', 'fe80::1%eth0', 'a.b'])
    assert.match(said(validateIpLeniently('f', none)).join(), /must be a valid IP address, \(e\.g\. 10\.9\.8\.7 or 2001:db8::ffff\)$/)
  assert.deepEqual(validateIpLeniently('f', '010.0.0.1', ['010.0.0.1']), [], 'what was stored may stay')
})

test('a network is a prefix with nothing set behind it', () => {
  for (const cidr of ['10.0.0.0/8', '0.0.0.0/0', '2001:db8::/64', '10.0.0.1/32'])
    assert.deepEqual([validateCidrLeniently('f', cidr), validateCidr('f', cidr)], [[], []])
  const cases = [
    ['10.0.0.0', 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ['10.0.0.0/33', 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ['10.0.0.0/08', 'must not have leading 0s in IP or prefix length'],
    ['10.0.0.1/8', 'must not have bits set beyond the prefix length'],
    ['2001:db8::1/64', 'must not have bits set beyond the prefix length'],
    ['::ffff:10.0.0.0/104', 'must not have an IPv4-mapped IPv6 address'],
  ] as const
  for (const [cidr, why] of cases) assert.deepEqual(said(validateCidrLeniently('f', cidr)), [`Invalid value: "${cidr}": ${why}`])
  assert.deepEqual(said(validateCidr('f', '2001:DB8::/64')), ['Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")'])
})

test('a network is within another when it is a part of it', () => {
  const within = (inner: string, outer: string) => {
    const [a, b] = [networkOf(inner), networkOf(outer)]
    return a !== undefined && b !== undefined && isStrictlyWithin(a, b)
  }
  assert.equal(within('10.1.0.0/16', '10.0.0.0/8'), true)
  assert.equal(within('10.0.0.0/8', '10.0.0.0/8'), false)
  assert.equal(within('11.1.0.0/16', '10.0.0.0/8'), false)
  assert.equal(within('2001:db8:1::/48', '2001:db8::/32'), true)
  assert.equal(within('10.1.0.0/16', '::/0'), false)
})

test('no endpoint is on an address that is this host or many', () => {
  for (const ip of ['10.0.0.1', '2001:db8::1']) assert.deepEqual(validateNonSpecialIp('f', ip), [])
  assert.match(said(validateNonSpecialIp('f', '0.0.0.0')).join(), /may not be unspecified/)
  assert.match(said(validateNonSpecialIp('f', '127.1.2.3')).join(), /loopback range/)
  assert.match(said(validateNonSpecialIp('f', 'fe80::1')).join(), /link-local range/)
  assert.match(said(validateNonSpecialIp('f', '224.0.0.5')).join(), /link-local multicast range/)
})

test('whatever octets and prefix: a network masked is valid, and with a bit behind the prefix it is not', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 31 }), (ip, bits) => {
      const number = ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
      const masked = Math.floor(number / 2 ** (32 - bits)) * 2 ** (32 - bits)
      const text = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
      assert.deepEqual(validateCidr('f', `${text(masked)}/${bits}`), [])
      assert.equal(validateCidr('f', `${text(masked + 1)}/${bits}`).length, 1)
    }),
  )
})
