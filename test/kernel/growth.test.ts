import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Growth } from '../../actors/kernel/growth.ts'

/** Asks at these monotonic times, the threads having been busy for this share of the time since. */
const asked = (growth: Growth, ...times: readonly (readonly [now: number, share: number])[]) => times.map(([now, share]) => growth.isDue(now, () => share))

test('a further thread is due once even the least busy one has been at work for most of a second', () => {
  assert.deepEqual(asked(new Growth(1, 4), [0, 0], [1500, 0.7], [1600, 1], [3000, 0.9]), [false, true, false, true])
})

test('no further thread is due while one has time to spare', () => {
  assert.deepEqual(asked(new Growth(1, 4), [0, 0], [2000, 0.5], [4000, 0.1], [6000, 0.59]), [false, false, false, false])
})

test('there are never more threads than the most', () => {
  assert.deepEqual(asked(new Growth(1, 2), [0, 0], [1500, 1], [3000, 1], [9000, 1]), [false, true, false, false])
  assert.deepEqual(asked(new Growth(2, 2), [0, 0], [1500, 1]), [false, false])
})

test('what was measured over a long rest says nothing of now', () => {
  assert.deepEqual(asked(new Growth(1, 4), [0, 0], [60_000, 1], [62_000, 1]), [false, false, true])
})
