import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { wholeSeconds } from '../../src/kube/micro-time.ts'

test('a time is written in whole seconds, whatever was written before it', () => {
  const wall = fc.integer({ min: 0, max: 4_102_444_800_000 })
  fc.assert(
    fc.property(fc.array(fc.oneof(wall, fc.integer({ min: 1_790_000_000_000, max: 1_790_000_003_000 }))), (times) => {
      for (const wallMs of times) {
        assert.match(wholeSeconds(wallMs), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
        assert.equal(Date.parse(wholeSeconds(wallMs)), Math.floor(wallMs / 1000) * 1000)
      }
    }),
  )
})
