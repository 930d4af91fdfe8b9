import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefused, RefusedPods } from '../../../../src/controlplane/controllers/replica-set/refused-pods.ts'
import type { Pod } from '../../../../src/kube/objects.ts'

const podOf = (status: object): Pod => ({ metadata: { name: 'p' }, status }) as Pod
const statusOf = (state: object, more: object = {}) => ({ name: 'c', image: 'a', imageID: '', ready: false, restartCount: 0, state, ...more })

test('a pod is refused when it failed and nothing of it ran', () => {
  assert.equal(isRefused(podOf({ phase: 'Failed', reason: 'OutOfcpu' })), true)
  assert.equal(isRefused(podOf({ phase: 'Failed', containerStatuses: [statusOf({ waiting: { reason: 'ContainerCreating' } })] })), true)
  assert.equal(isRefused(podOf({ phase: 'Pending' })), false)
  assert.equal(isRefused(podOf({ phase: 'Failed', reason: 'Evicted', containerStatuses: [statusOf({ running: {} })] })), false)
  const ended = statusOf({ terminated: { exitCode: 1, startedAt: '2026-01-01T00:00:00Z' } })
  assert.equal(isRefused(podOf({ phase: 'Failed', containerStatuses: [ended] })), false)
  assert.equal(isRefused(podOf({ phase: 'Failed', initContainerStatuses: [ended], containerStatuses: [statusOf({ waiting: {} })] })), false)
})

test('only pods that were refused since the last were made hold others up', () => {
  const refused = new RefusedPods()
  const now = 1_000_000
  assert.ok(refused.mayCreateAt('u', 1) <= now)
  refused.made('u', 1, now)
  assert.ok(refused.mayCreateAt('u', 1) <= now, 'a pod that was deleted is made anew at once')
  assert.equal(refused.mayCreateAt('u', 2), now + 5)
  refused.made('u', 2, now + 5)
  assert.equal(refused.mayCreateAt('u', 3), now + 15)
  assert.ok(refused.mayCreateAt('v', 1) <= now, 'other sets do not wait')
  refused.forget('u')
  assert.ok(refused.mayCreateAt('u', 1) <= now)
})
