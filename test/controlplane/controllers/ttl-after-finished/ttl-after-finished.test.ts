import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expiryOf } from '../../../../src/controlplane/controllers/ttl-after-finished/ttl-after-finished.ts'
import { aJob, start } from '../job/jobs.ts'

test('only a Job that is over, and says how long, expires', () => {
  const over = { conditions: [{ type: 'Failed', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] }
  assert.equal(expiryOf(aJob({ ttlSecondsAfterFinished: 0 }, over as never)), start)
  assert.equal(expiryOf(aJob({ ttlSecondsAfterFinished: 30 }, over as never)), start + 30_000)
  assert.equal(expiryOf(aJob({ ttlSecondsAfterFinished: 30 })), undefined)
  assert.equal(expiryOf(aJob({}, over as never)), undefined)
})
