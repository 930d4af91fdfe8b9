import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Schedule } from '../../../actors/pod/probes/schedule.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'

const make = (concurrency = 4) => {
  const clock = new ManualClock()
  const errors: unknown[] = []
  return { clock, errors, schedule: new Schedule({ clock, concurrency, onError: (error) => errors.push(error) }) }
}

const untilAborted = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

test('a task runs after its first delay and then in its rhythm', async () => {
  const { clock, schedule } = make()
  const ran: number[] = []
  schedule.add({ firstDelayMs: 300, periodMs: 1000, run: async () => void ran.push(clock.monotonic()) })
  await clock.advance(3500)
  assert.deepEqual(ran, [300, 1300, 2300, 3300])
})

test('a task that hangs never overlaps itself, and holds up no other', async () => {
  const { clock, schedule } = make(2)
  let hanging = 0
  let others = 0
  schedule.add({
    firstDelayMs: 0,
    periodMs: 100,
    run: (signal) => {
      hanging++
      return untilAborted(signal)
    },
  })
  schedule.add({ firstDelayMs: 0, periodMs: 100, run: async () => void others++ })
  await clock.advance(1000)
  assert.equal(hanging, 1)
  assert.ok(others >= 10, `${others}`)
  schedule[Symbol.dispose]()
})

test('tasks that hang give their slots away after a while, and are still theirs alone', async () => {
  const clock = new ManualClock()
  using schedule = new Schedule({ clock, concurrency: 2, slotMs: 1_000, onError: (error) => assert.fail(String(error)) })
  const runs: string[] = []
  for (const name of ['a', 'b'])
    schedule.add({
      firstDelayMs: 0,
      periodMs: 500,
      run: (signal) => {
        runs.push(name)
        return untilAborted(signal)
      },
    })
  schedule.add({ firstDelayMs: 1, periodMs: 10_000, run: async () => void runs.push('c') })
  await clock.advance(900)
  assert.deepEqual(runs, ['a', 'b'])
  await clock.advance(200)
  assert.deepEqual(runs, ['a', 'b', 'c'])
  await clock.advance(20_000)
  assert.deepEqual(runs, ['a', 'b', 'c', 'c', 'c'])
})

test('a cancelled task is aborted and never runs again', async () => {
  const { clock, schedule } = make()
  let aborted = false
  const handle = schedule.add({
    firstDelayMs: 0,
    periodMs: 100,
    run: async (signal) => {
      await untilAborted(signal)
      aborted = true
    },
  })
  await clock.advance(10)
  handle.cancel()
  await clock.advance(1000)
  assert.equal(aborted, true)
  assert.equal(schedule.size, 0)
  assert.equal(clock.pending, 0, 'no timer is left')
})

test('a thousand tasks share one timer and at most the given number run at once', async () => {
  const { clock, schedule } = make(8)
  let running = 0
  let most = 0
  let runs = 0
  for (let index = 0; index < 1000; index++)
    schedule.add({
      firstDelayMs: index,
      periodMs: 1000,
      run: async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        runs++
      },
    })
  assert.equal(clock.pending, 1)
  await clock.advance(999)
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(runs, 1000)
  assert.ok(most <= 8, `${most} at once`)
})

test('a task that throws is told of and goes on', async () => {
  const { clock, schedule, errors } = make()
  schedule.add({ firstDelayMs: 0, periodMs: 100, run: () => Promise.reject(new Error('bad')) })
  await clock.advance(250)
  assert.equal(errors.length, 3)
})

test('whatever is added and cancelled, tasks run exactly at their own times', async () => {
  const task = fc.record({
    first: fc.integer({ min: 0, max: 500 }),
    period: fc.integer({ min: 50, max: 400 }),
    cancelAt: fc.option(fc.integer({ min: 0, max: 1000 })),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(task, { minLength: 1, maxLength: 20 }), async (tasks) => {
      const { clock, schedule } = make(100)
      const ran = tasks.map((): number[] => [])
      tasks.forEach(({ first, period, cancelAt }, index) => {
        const handle = schedule.add({ firstDelayMs: first, periodMs: period, run: async () => void ran[index]?.push(clock.monotonic()) })
        if (cancelAt !== null) clock.setTimer(cancelAt, () => handle.cancel())
      })
      await clock.advance(1000)
      tasks.forEach(({ first, period, cancelAt }, index) => {
        const expected: number[] = []
        for (let at = first; at <= 1000; at += period) if (cancelAt === null || at < cancelAt) expected.push(at)
        // A run due in the very millisecond of its cancellation may fall on either side.
        assert.deepEqual(
          ran[index]?.filter((at) => at !== cancelAt),
          expected,
        )
      })
    }),
    { numRuns: 20 },
  )
})
