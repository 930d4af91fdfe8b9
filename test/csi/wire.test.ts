import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { node, registration } from '../../src/csi/protocol.ts'
import { decode, encode, type Schema } from '../../src/csi/wire.ts'

test('messages are encoded as protobuf says', () => {
  const hex = (schema: Schema, message: Record<string, unknown>) => encode(schema, message).toString('hex')
  // Written down from protoc's own encoding.
  assert.equal(hex(registration.notify.request, { pluginRegistered: true, error: 'no' }), '080112026e6f')
  assert.equal(hex(registration.getInfo.response, { type: 'a', supportedVersions: ['1', ''] }), '0a016122013122 00'.replaceAll(' ', ''))
  assert.equal(hex(node.stage.request, { volumeId: 'v', publishContext: { k: 'x' } }), '0a017612060a016b120178')
  assert.equal(hex({ n: { no: 16, type: 'int' } }, { n: 300 }), '8001ac02')
  assert.equal(hex({ n: { no: 1, type: 'int' } }, { n: -1 }), '08ffffffffffffffffff01')
  assert.equal(hex({ m: { no: 1, type: {} } }, { m: {} }), '0a00', 'an empty message is there')
})

test('what is encoded is decoded to the same; unknown fields are passed over', () => {
  const inner: Schema = { text: { no: 1, type: 'string' } }
  const schema: Schema = {
    s: { no: 1, type: 'string' },
    i: { no: 2, type: 'int' },
    m: { no: 3, type: 'map' },
    r: { no: 4, type: inner, repeated: true },
    b: { no: 5, type: 'bool' },
  }
  const text = fc.string({ minLength: 1 })
  const message = fc.record(
    {
      s: text,
      i: fc.maxSafeInteger().filter((value) => value !== 0),
      m: fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
        fc.string(),
        { noNullPrototype: true },
      ),
      r: fc.array(fc.record({ text }, { noNullPrototype: true })),
      b: fc.constant(true),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(message, (value) => {
      const bytes = encode(schema, value)
      assert.deepEqual(decode(schema, bytes), value)
      assert.deepEqual(decode({ b: { no: 5, type: 'bool' } }, bytes), { b: true })
    }),
  )
})

test('bytes that are no message are refused, whatever they are', () => {
  assert.throws(() => decode(registration.getInfo.response, Buffer.from('0a05', 'hex')), /cut off/)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decode(node.publish.request, Buffer.from(bytes))
      } catch (error) {
        assert.match(String(error), /protobuf: /)
      }
    }),
  )
})
