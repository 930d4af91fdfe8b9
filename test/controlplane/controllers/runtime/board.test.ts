import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { ControllerBoard } from '../../../../src/controlplane/controllers/runtime/board.ts'
import { KeyedQueue } from '../../../../src/controlplane/controllers/runtime/keyed-queue.ts'
import { supervise } from '../../../../src/controlplane/controllers/runtime/supervise.ts'

function stage() {
  const clock = new ManualClock()
  const stopping = new AbortController()
  const heard: string[] = []
  const board = new ControllerBoard({
    waited: (queue, ms) => heard.push(`${queue} waited ${ms}`),
    worked: (queue, ms) => heard.push(`${queue} worked ${ms}`),
  })
  return { clock, stopping, board, heard, run: { clock, log: silentLogger, board, signal: stopping.signal } }
}

test('a controller’s queue tells what waits, what is done, what failed and how long it took', async () => {
  const { clock, board, heard, run, stopping } = stage()
  const gates = new Map(['a', 'b'].map((key) => [key, Promise.withResolvers<void>()]))
  let queue: KeyedQueue | undefined
  const ended = supervise({ ...run, name: 'job-controller' }, (signal) => {
    queue = new KeyedQueue({ name: 'job', clock, log: silentLogger, signal, concurrency: 1, handle: async (key) => gates.get(key)?.promise })
  })
  for (const key of ['a', 'b', 'a']) queue?.add(key)
  await clock.advance(40)
  const [shown] = board.readings()
  assert.deepEqual([shown?.name, shown?.life, shown?.restarts], ['job-controller', 'running', 0])
  const first = { name: 'job', depth: 1, adds: 2, handled: 0, retries: 0, runningMs: [40], workedMs: 0, longestMs: 0, recent: [] }
  assert.deepEqual(shown?.queues, [first])
  gates.get('a')?.resolve()
  await clock.advance(0)
  gates.get('b')?.reject(new Error('not yet'))
  await clock.advance(0)
  const then = { ...first, depth: 0, handled: 2, retries: 1, runningMs: [], workedMs: 40, longestMs: 40, recent: ['a', 'b'] }
  assert.deepEqual(board.readings()[0]?.queues, [then])
  assert.deepEqual(heard, ['job waited 0', 'job worked 40', 'job waited 40', 'job worked 0'])
  stopping.abort()
  await ended
})

test('only the last few keys are kept, newest last', async () => {
  const { clock, board, run } = stage()
  let queue: KeyedQueue | undefined
  void supervise({ ...run, name: 'c' }, (signal) => {
    queue = new KeyedQueue({ name: 'q', clock, log: silentLogger, signal, concurrency: 1, handle: async () => {} })
  })
  for (let index = 0; index < 21; index++) queue?.add(`k${index}`)
  await clock.advance(0)
  const [reading] = board.readings()[0]?.queues ?? []
  assert.deepEqual([reading?.handled, reading?.recent], [21, ['k13', 'k14', 'k15', 'k16', 'k17', 'k18', 'k19', 'k20']])
})

test('a controller that fails is started anew, later each time, without what its last life had; another goes on', async () => {
  const { clock, board, run, stopping } = stage()
  const begun: number[] = []
  const lives: AbortSignal[] = []
  const ended = [
    supervise({ ...run, name: 'bad' }, async (signal) => {
      begun.push(clock.monotonic())
      lives.push(signal)
      if (begun.length < 4) throw new Error('cannot list')
    }),
    supervise({ ...run, name: 'good' }, () => {}),
  ]
  await clock.advance(500)
  const told = () => board.readings().map(({ name, life, restarts }) => `${name} ${life} ${restarts}`)
  assert.deepEqual(told(), ['bad failed 0', 'good running 0'])
  await clock.advance(60_000)
  assert.deepEqual(begun, [0, 1000, 3000, 7000])
  assert.deepEqual(told(), ['bad running 3', 'good running 0'])
  assert.deepEqual(
    lives.map(({ aborted }) => aborted),
    [true, true, true, false],
  )
  stopping.abort()
  await Promise.all(ended)
  assert.equal(clock.pending, 0)
})
