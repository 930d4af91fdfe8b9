import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { share } from '../../src/base/share.ts'

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('what is shared says what it said', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, now) => {
      const said = JSON.stringify(now)
      assert.equal(JSON.stringify(share(before, plain(now))), said)
    }),
  )
})

test('a copy becomes the original, and the original stays as it is', () => {
  fc.assert(
    fc.property(
      fc.jsonValue().filter((value) => typeof value === 'object' && value !== null),
      (value) => {
        const original = plain(value)
        assert.equal(share(original, plain(value)), original)
        assert.deepEqual(original, plain(value))
      },
    ),
  )
})

test('parts that did not change are held once', () => {
  const before = { spec: { containers: [{ name: 'a', image: 'x' }, { name: 'b' }] }, status: { phase: 'Pending' } }
  const now = share(before, { spec: { containers: [{ name: 'a', image: 'x' }, { name: 'c' }] }, status: { phase: 'Pending' } })
  assert.notEqual(now, before)
  assert.equal(now.status, before.status)
  assert.equal(now.spec.containers[0], before.spec.containers[0])
  assert.deepEqual(now.spec.containers[1], { name: 'c' })
  assert.deepEqual(before.spec.containers[1], { name: 'b' })
})

test('a field set to undefined counts as absent, a field that went does not stay', () => {
  const before: { a: number; b?: number } = { a: 1, b: undefined }
  assert.equal(share(before, { a: 1 }), before)
  assert.deepEqual(share({ a: 1, b: 2 }, { a: 1 }), { a: 1 })
  assert.deepEqual(share([1, 2], [1]), [1])
  assert.deepEqual(share({ 0: 1 }, [1]), [1])
})
