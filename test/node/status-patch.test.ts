import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sameStatus } from '../../actors/node/status-patch.ts'
import type { PodStatus } from '../../src/kube/objects.ts'

const status = (more: object = {}): PodStatus => ({ phase: 'Running', ...more })

test('a generation that the API server has not heard of is news; one that it does not keep is not', () => {
  assert.equal(sameStatus(status({ observedGeneration: 1 }), status({ observedGeneration: 2 })), false)
  assert.equal(sameStatus(status({ observedGeneration: 2 }), status({ observedGeneration: 2 })), true)
  assert.equal(sameStatus(status(), status({ observedGeneration: 2 })), true)
})

test('conditions of controllers do not count, changed ones of ours do', () => {
  const ready = { type: 'Ready', status: 'True' }
  assert.equal(sameStatus(status({ conditions: [ready, { type: 'example.com/gate', status: 'True' }] }), status({ conditions: [ready] })), true)
  assert.equal(sameStatus(status({ conditions: [{ ...ready, status: 'False' }] }), status({ conditions: [ready] })), false)
})
