import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TimerQueue } from '../../src/base/timer-queue.ts'

test('timers are taken in order of their time, then of their making, and none before it is due', () => {
  const queue = new TimerQueue()
  const fired: string[] = []
  for (const [due, name] of [
    [20, 'late'],
    [10, 'first'],
    [10, 'second'],
    [30, 'not yet'],
  ] as const)
    queue.add(due, () => void fired.push(name))
  for (let next = queue.take(20); next; next = queue.take(20)) next.callback()
  assert.deepEqual([fired, queue.size], [['first', 'second', 'late'], 1])
})

test('one that is cancelled is not taken', () => {
  const queue = new TimerQueue()
  queue.add(10, () => {}).cancel()
  assert.deepEqual([queue.take(10), queue.size], [undefined, 0])
})
