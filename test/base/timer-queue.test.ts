import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
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

test('whatever is added and cancelled in whatever order, what is left is taken in order', () => {
  const steps = fc.array(
    fc.oneof(fc.record({ due: fc.integer({ min: 0, max: 50 }) }), fc.record({ cancel: fc.nat() }), fc.record({ until: fc.nat({ max: 50 }) })),
    {
      maxLength: 400,
    },
  )
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new TimerQueue()
      const made: { due: number; order: number; cancel: () => void }[] = []
      let left: typeof made = []
      let taken: number | undefined
      for (const step of all) {
        if ('due' in step) {
          const order = made.length
          const timer = { due: step.due, order, cancel: queue.add(step.due, () => (taken = order)).cancel }
          made.push(timer)
          left = [...left, timer].sort((a, b) => a.due - b.due || a.order - b.order)
        } else if ('cancel' in step) {
          const which = made[step.cancel % (made.length || 1)]
          which?.cancel()
          left = left.filter((each) => each !== which)
        } else {
          const next = queue.take(step.until)
          next?.callback()
          const expected = left[0] && left[0].due <= step.until ? left.shift() : undefined
          assert.deepEqual([next?.due, taken], [expected?.due, expected?.order])
          taken = undefined
        }
        assert.equal(queue.size, left.length)
      }
    }),
  )
})
