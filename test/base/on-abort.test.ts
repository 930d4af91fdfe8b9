import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { sleep } from '../../src/base/clock.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { onAbort } from '../../src/base/on-abort.ts'

test('who listens hears of the abort once, in order; who was taken back does not', () => {
  const stopping = new AbortController()
  const heard: string[] = []
  onAbort(stopping.signal, () => heard.push('first'))
  const forget = onAbort(stopping.signal, () => heard.push('never'))
  onAbort(stopping.signal, () => heard.push('second'))
  forget()
  forget()
  stopping.abort()
  assert.deepEqual(heard, ['first', 'second'])
})

test('one listener of the signal serves thousands that sleep on it', async () => {
  const stopping = new AbortController()
  const clock = new ManualClock()
  const sleeping = Array.from({ length: 5000 }, (_, index) => sleep(clock, index < 2500 ? 10 : 1000, stopping.signal))
  assert.equal(getEventListeners(stopping.signal, 'abort').length, 1)
  await clock.advance(10)
  await Promise.all(sleeping.slice(0, 2500))
  stopping.abort(new Error('the end'))
  for (const each of await Promise.allSettled(sleeping.slice(2500))) assert.ok(each.status === 'rejected' && /the end/.test(String(each.reason)))
  assert.equal(clock.pending, 0)
  await assert.rejects(sleep(clock, 1, stopping.signal), /the end/)
})

test('a signal that nobody listens to any more has no listener, and can be listened to again', () => {
  const stopping = new AbortController()
  const { signal } = stopping
  const heard: string[] = []
  const forget = onAbort(signal, () => heard.push('never'))
  forget()
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  onAbort(signal, () => heard.push('again'))
  forget()
  stopping.abort()
  assert.deepEqual(heard, ['again'])
})
