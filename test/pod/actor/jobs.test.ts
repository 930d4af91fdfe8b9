import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Jobs } from '../../../actors/pod/jobs.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'

class Expected extends Error {}

function make() {
  const clock = new ManualClock()
  const log: string[] = []
  const jobs = new Jobs({
    clock,
    retry: { initialMs: 1000, maxMs: 4000 },
    onEnd: () => log.push('end'),
    isExpected: (error) => error instanceof Expected,
    onFailure: (key, _, retryInMs) => log.push(`${key} in ${retryInMs}`),
    onBug: (error) => log.push(`bug ${(error as Error).message}`),
  })
  return { clock, log, jobs }
}

test('a key runs once at a time', async () => {
  const { jobs } = make()
  const gate = Promise.withResolvers<void>()
  assert.equal(
    jobs.start('a', () => gate.promise),
    true,
  )
  assert.equal(
    jobs.start('a', async () => assert.fail('doubled')),
    false,
  )
  gate.resolve()
  await jobs.settled()
  assert.equal(jobs.has('a'), false)
})

test('a failed job waits for its doubling backoff, which an interruption forgets', async () => {
  const { clock, jobs, log } = make()
  const fail = () => Promise.reject(new Expected())
  for (const [waitMs, told] of [
    [1000, 'a in 1000'],
    [2000, 'a in 2000'],
    [4000, 'a in 4000'],
    [4000, 'a in 4000'],
  ] as const) {
    jobs.start('a', fail)
    await jobs.settled()
    assert.equal(log.at(-2), told)
    assert.equal(jobs.start('a', fail), false)
    assert.equal(jobs.retryInMs(), waitMs)
    await clock.advance(waitMs)
    assert.equal(jobs.retryInMs(), undefined)
  }
  jobs.start('a', fail)
  await jobs.settled()
  jobs.interrupt('a', 'test')
  assert.equal(jobs.start('a', fail), true)
})

test('a bug is told of, an interruption is not', async () => {
  const { jobs, log } = make()
  jobs.start('bug', () => Promise.reject(new TypeError('oops')))
  await jobs.settled()
  jobs.start('cut', (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))))
  await Promise.resolve()
  jobs.interrupt('cut', 'test')
  await jobs.settled()
  assert.deepEqual(log, ['bug oops', 'end', 'end'])
})
