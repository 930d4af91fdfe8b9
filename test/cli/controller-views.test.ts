import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controllerViews } from '../../src/cli/controller-views.ts'

test('a controller is shown with all its queues together, one without any as doing nothing', () => {
  const queue = { name: 'job', depth: 2, adds: 9, handled: 4, retries: 1, runningMs: [3, 5], workedMs: 10, longestMs: 7, recent: ['a/x'] }
  const strays = { ...queue, name: 'job_orphan_pod', depth: 1, handled: 1, retries: 0, runningMs: [], workedMs: 5, longestMs: 5, recent: ['a/y'] }
  const [job, idle] = controllerViews([
    { name: 'job-controller', life: 'running', restarts: 1, queues: [queue, strays] },
    { name: 'ttl-controller', life: 'waiting', restarts: 0, queues: [] },
  ])
  const shown = { queued: 3, running: 2, handled: 5, retries: 1, meanMs: 3, longestMs: 7, recent: ['a/x', 'a/y'] }
  assert.deepEqual(job, { name: 'job-controller', life: 'running', restarts: 1, ...shown })
  const nothing = { queued: 0, running: 0, handled: 0, retries: 0, meanMs: 0, longestMs: 0, recent: [] }
  assert.deepEqual(idle, { name: 'ttl-controller', life: 'waiting', restarts: 0, ...nothing })
})
