import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'

const day = 24 * 3600_000

test('a timer of a hundred years does not end after a millisecond, nor after the longest that Node has', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let ended = 0
  // In steps: a timer that is set by another begins where the step ends.
  const pass = (days: number) => {
    for (let hours = 0; hours < days * 24; hours += 1) t.mock.timers.tick(3600_000)
  }
  systemClock.setTimer(100 * 365 * day, () => ended++)
  systemClock.setTimer(30 * day, () => ended++)
  pass(29)
  assert.equal(ended, 0)
  pass(2)
  assert.equal(ended, 1)
  pass(100)
  assert.equal(ended, 1)
  const cancelled = systemClock.setTimer(60 * day, () => ended++)
  pass(40)
  cancelled.cancel()
  pass(40)
  assert.equal(ended, 1)
})
