import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimPatch, expansionOf } from '../../../actors/node/csi/expansion.ts'
import type { PersistentVolumeClaim } from '../../../src/kube/objects.ts'

const claim = (status: PersistentVolumeClaim['status'], accessModes = ['ReadWriteOnce'], annotations: Record<string, string> = {}) =>
  ({ metadata: { resourceVersion: '7', annotations }, spec: { accessModes }, status }) satisfies PersistentVolumeClaim
const old = { capacity: { storage: '1Gi' } }
const asked = (state?: string) => ({ ...old, allocatedResources: { storage: '2Gi' }, ...(state ? { allocatedResourceStatuses: { storage: state } } : {}) })
const none = { kind: 'none' }

test('a volume is expanded when it has more room than its claim says, or than this node knows of', () => {
  const expand = { kind: 'expand', size: '2Gi', updates: true, recovers: false }
  assert.deepEqual(expansionOf(claim(old), '2Gi', false), expand)
  assert.deepEqual(expansionOf(claim(old), '1Gi', false), none)
  assert.deepEqual(expansionOf(claim(old), '1024Mi', false), none)
  assert.deepEqual(expansionOf(claim({ capacity: { storage: '2Gi' } }), '2Gi', false, 1024 ** 3), { ...expand, updates: false })
  assert.deepEqual(expansionOf(claim(old), '2Gi', false, 2 * 1024 ** 3), none)
  assert.deepEqual(expansionOf(claim(old), '2Gi', true), { kind: 'read-only' })
})

test('a resizer that keeps the claim’s resize status says when it is the node’s turn, and to which size', () => {
  const expand = { kind: 'expand', size: '2Gi', updates: true, recovers: true }
  assert.deepEqual(expansionOf(claim(asked('NodeResizePending')), '3Gi', false), expand)
  assert.deepEqual(expansionOf(claim(asked('NodeResizeInProgress')), '2Gi', false), expand)
  for (const state of ['ControllerResizeInProgress', 'NodeResizeInfeasible', undefined]) assert.deepEqual(expansionOf(claim(asked(state)), '2Gi', false), none)
})

test('a volume that many nodes write is expanded on each of them, unless that is said to be needless', () => {
  const done = { capacity: { storage: '2Gi' }, allocatedResources: { storage: '2Gi' } }
  const shared = ['ReadWriteMany']
  const expand = { kind: 'expand', size: '2Gi', updates: false, recovers: true }
  assert.deepEqual(expansionOf(claim(done, shared), '2Gi', false, 1024 ** 3), expand)
  assert.deepEqual(expansionOf(claim(done), '2Gi', false, 1024 ** 3), none)
  assert.deepEqual(expansionOf(claim(done, shared, { 'volume.kubernetes.io/node-expansion-not-required': 'yes' }), '2Gi', false, 1024 ** 3), none)
})

test('a claim that is done says its size and no longer that it waits; other conditions stay', () => {
  const conditions = ['FileSystemResizePending', 'ModifyingVolume'].map((type) => ({ type, status: 'True' }))
  assert.deepEqual(claimPatch.finished(claim({ ...asked('NodeResizeInProgress'), conditions }), '2Gi'), {
    metadata: { resourceVersion: '7' },
    status: {
      capacity: { storage: '2Gi' },
      allocatedResourceStatuses: { storage: null },
      conditions: [{ $patch: 'delete', type: 'FileSystemResizePending' }],
    },
  })
  assert.deepEqual(claimPatch.finished(claim(old), '2Gi').status, { capacity: { storage: '2Gi' } })
})
