import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BackoffState } from '../../../actors/pod/plan/types.ts'
import { backoffAfterExit } from '../../../actors/pod/restart-backoff.ts'
import type { ContainerState } from '../../../src/engine/engine.ts'
import { anIncarnation } from '../../support/builders.ts'

const exited = (startedAt: number, finishedAt: number, attempt = 0, annotations: ContainerState['annotations'] = {}) =>
  anIncarnation('c', { state: 'exited', startedAt, finishedAt, createdAt: startedAt, attempt, annotations })

test('the delays are 0, 10, 20, 40, ... 300 s after the end of each run', () => {
  let backoff: BackoffState | undefined
  const delays = Array.from({ length: 8 }, () => {
    backoff = backoffAfterExit(exited(0, 1000), backoff)
    return (backoff.until - 1000) / 1000
  })
  assert.deepEqual(delays, [0, 10, 20, 40, 80, 160, 300, 300])
})

test('after an agent restart the count goes on from the attempt', () => {
  assert.deepEqual(backoffAfterExit(exited(0, 1000, 3), undefined), { failures: 4, until: 41_000 })
})

test('a shorter maximum bounds the delays, and half of what must run well to forget', () => {
  let backoff: BackoffState | undefined
  const delays = [0, 0, 0, 0].map((startedAt) => {
    backoff = backoffAfterExit(exited(startedAt, 1000), backoff, 15_000)
    return backoff.until - 1000
  })
  assert.deepEqual(delays, [0, 10_000, 15_000, 15_000])
  assert.equal(backoffAfterExit(exited(0, 30_000), backoff, 15_000).until, 30_000)
  assert.equal(backoffAfterExit(exited(0, 1000, 1), undefined, 2_000).until, 3_000)
})

test('another definition begins anew', () => {
  const before = { failures: 6, until: 0, definition: 'old' }
  assert.deepEqual(backoffAfterExit(exited(0, 1000, 9, { 'io.kubernetes.container.hash': 'new' }), before), { failures: 1, until: 1000, definition: 'new' })
})

test('the backoff never shrinks before a run of ten minutes, and never exceeds five', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 900_000 }), { maxLength: 30 }), (runs) => {
      let backoff: BackoffState | undefined
      let last = 0
      for (const ranMs of runs) {
        backoff = backoffAfterExit(exited(0, ranMs), backoff)
        const delay = backoff.until - ranMs
        if (ranMs < 600_000) assert.ok(delay >= last && delay <= 300_000)
        else assert.equal(delay, 0)
        last = delay
      }
    }),
  )
})
