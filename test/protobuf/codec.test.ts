import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decode, encode } from '../../src/protobuf/codec.ts'
import { node } from '../../src/protobuf/csi.ts'
import { healthCheck } from '../../src/protobuf/health.ts'
import { registration } from '../../src/protobuf/plugin-registration.ts'
import {
  bool,
  bytes,
  double,
  exact64,
  type Given,
  int32,
  int64,
  map,
  message,
  messages,
  string,
  strings,
  type Table,
  uint64,
} from '../../src/protobuf/table.ts'

test('messages are encoded as protobuf says', () => {
  const hex = <T extends Table>(table: T, value: Given<T>) => encode(table, value).toString('hex')
  // Written down from protoc's own encoding.
  assert.equal(hex(registration.notify.request, { pluginRegistered: true, error: 'no' }), '080112026e6f')
  assert.equal(hex(registration.getInfo.response, { type: 'a', supportedVersions: ['1', ''] }), '0a01612201312200')
  assert.equal(hex(node.stage.request, { volumeId: 'v', publishContext: { k: 'x' } }), '0a017612060a016b120178')
  assert.equal(hex(healthCheck.request, { service: 'a'.repeat(130) }).slice(0, 8), '0a820161')
  assert.equal(hex({ n: int64(16) }, { n: 300 }), '8001ac02')
  assert.equal(hex({ n: int64(1) }, { n: -1 }), '08ffffffffffffffffff01')
  assert.equal(hex({ n: int32(1) }, { n: -1 }), '08ffffffffffffffffff01', 'a negative int32 takes ten bytes too')
  assert.equal(hex({ m: message(1, {}) }, { m: {} }), '0a00', 'an empty message is there')
  assert.equal(hex({ n: { no: 4, type: 'int32', repeated: true } }, { n: [3, 270, 86942] }), '2206038e029ea705', 'numbers are packed')
  assert.equal(hex({ d: double(1), b: bytes(2) }, { d: 0.5, b: Buffer.from('hi') }), '09000000000000e03f12026869')
})

test('numbers are read packed and one by one', () => {
  const table = { n: { no: 4, type: 'int32', repeated: true } } as const
  assert.deepEqual(decode(table, Buffer.from('2206038e029ea705', 'hex')).n, [3, 270, 86942])
  assert.deepEqual(decode(table, Buffer.from('20032002', 'hex')).n, [3, 2])
})

test('nanoseconds of the clock are kept exactly, sizes are numbers', () => {
  const table = { at: exact64(1), size: uint64(2) } as const
  const given = { at: 1_732_800_000_123_456_789n, size: 2 ** 40 }
  assert.deepEqual(decode(table, encode(table, given)), given)
})

test('what is absent has its default, and a message that is absent is undefined', () => {
  const table = { s: string(1), b: bool(2), n: int32(3), m: message(4, { s: string(1) }), r: strings(5), k: map(6), at: exact64(7) } as const
  assert.deepEqual(decode(table, Buffer.alloc(0)), { s: '', b: false, n: 0, m: undefined, r: [], k: {}, at: 0n })
})

test('what is encoded is decoded to the same; unknown fields are passed over', () => {
  const inner = { text: string(1) } as const
  const table = { s: string(1), i: int64(2), m: map(3), r: messages(4, inner), b: bool(5), o: message(6, inner) } as const
  const text = fc.string({ minLength: 1 })
  const value = fc.record({
    s: text,
    i: fc.maxSafeInteger(),
    m: fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
      fc.string(),
      { noNullPrototype: true },
    ),
    r: fc.array(fc.record({ text }, { noNullPrototype: true })),
    b: fc.boolean(),
    o: fc.option(fc.record({ text }, { noNullPrototype: true }), { nil: undefined }),
  })
  fc.assert(
    fc.property(value, (given) => {
      const written = encode(table, given)
      assert.deepEqual(decode(table, written), { ...given })
      assert.deepEqual(decode({ b: bool(5) }, written), { b: given.b })
    }),
  )
})

test('a map may have any key', () => {
  const table = { m: map(1) } as const
  // {"__proto__": "x"}
  const { m } = decode(table, Buffer.concat([Buffer.from('0a0e0a09', 'hex'), Buffer.from('__proto__'), Buffer.from('120178', 'hex')]))
  assert.equal(Object.getPrototypeOf(m), Object.prototype)
  assert.equal(Object.getOwnPropertyDescriptor(m, '__proto__')?.value, 'x')
})

test('bytes that are no message are refused, whatever they are', () => {
  assert.throws(() => decode(registration.getInfo.response, Buffer.from('0a05', 'hex')), /protobuf: /)
  assert.throws(() => decode(registration.notify.request, Buffer.from('0a0141', 'hex')), /protobuf: field pluginRegistered comes with wire type 2/)
  // A message within it that ends after it.
  assert.throws(() => decode({ m: message(1, { s: string(1) }) }, Buffer.from('0a020a0141', 'hex')), /protobuf: /)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (raw) => {
      try {
        decode(node.publish.request, raw)
      } catch (error) {
        assert.match(String(error), /protobuf: /)
      }
    }),
  )
})
