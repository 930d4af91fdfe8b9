import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SampleRing } from '../../src/cadvisor/history.ts'

test('a ring holds exactly the newest samples, oldest first, however many came', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.nat({ max: 60 }), fc.nat({ max: 30 }), (capacity, pushed, count) => {
      const ring = new SampleRing(capacity, 2)
      const all = Array.from({ length: pushed }, (_, index) => ({ at: index + 1, values: [index, index * 2] }))
      for (const row of all) assert.equal(ring.push(row.at, row.values), true)
      const kept = all.slice(-capacity)
      assert.deepEqual(ring.newest(), kept)
      assert.deepEqual(ring.newest(count), count === 0 ? [] : kept.slice(-count))
    }),
  )
})

test('a sample that is not newer than the last is not kept', () => {
  const ring = new SampleRing(3, 1)
  ring.push(10, [1])
  assert.equal(ring.push(10, [2]), false)
  assert.equal(ring.push(9, [3]), false)
  assert.deepEqual(ring.newest(), [{ at: 10, values: [1] }])
})

test('a value nobody measured is kept as NaN, not as the one that stood in its place', () => {
  const ring = new SampleRing(1, 2)
  ring.push(1, [5, 6])
  ring.push(2, [7, undefined])
  assert.deepEqual(ring.newest(), [{ at: 2, values: [7, Number.NaN] }])
})

test('a ring of no size is refused', () => {
  assert.throws(() => new SampleRing(0, 1), /capacity is 0/)
  assert.throws(() => new SampleRing(1, 1.5), /columns is 1.5/)
})
