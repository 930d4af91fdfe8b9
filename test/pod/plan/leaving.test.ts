import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address } from '../../../actors/kernel/types.ts'
import { isDeleted, isReclaimed } from '../../../actors/pod/plan/leaving.ts'
import { aPod } from '../../support/builders.ts'

test('a pod is deleted once its deletion began, or when its source has it no more', () => {
  const pod = aPod().build()
  const marked = aPod().withMetadata({ deletionTimestamp: '2026-01-01T00:00:00Z' }).build()
  assert.deepEqual([isDeleted(pod, { removed: false }), isDeleted(pod, { removed: true }), isDeleted(marked, { removed: false })], [false, true, true])
})

test('an eviction takes what the pod has if it says so; a node in need takes it of a pod that ended', () => {
  const eviction = (reclaim: boolean) => ({ reason: 'Evicted', message: '', disruption: true, reclaim })
  assert.deepEqual(
    [
      isReclaimed({}),
      isReclaimed({ eviction: eviction(false) }),
      isReclaimed({ eviction: eviction(true) }),
      isReclaimed({ reclaim: { informs: address('n') } }),
    ],
    [false, false, true, true],
  )
})
