import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PodTable } from '../../actors/node/pod-table.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'

const uid = podUid('u-1')
const pod = (name: string, phase: string): Pod => ({
  metadata: { name, uid: name, managedFields: [{ manager: 'kubectl' }] },
  spec: { containers: [{ name: 'c', image: 'registry/app:1' }] },
  status: { phase },
})

test('a newer version of a pod holds only what changed, and no managedFields', () => {
  const table = new PodTable()
  const first = table.set(uid, pod('a', 'Pending'))
  const second = table.set(uid, pod('a', 'Running'))
  assert.equal(second.spec, first.spec)
  assert.equal(second.metadata, first.metadata)
  assert.deepEqual(second, { metadata: { name: 'a', uid: 'a' }, spec: { containers: [{ name: 'c', image: 'registry/app:1' }] }, status: { phase: 'Running' } })
  assert.equal(table.get(uid), second)
})

test('pods of one workload share their spec', () => {
  const table = new PodTable()
  const one = table.set(podUid('a'), pod('a', 'Pending'))
  const other = table.set(podUid('b'), pod('b', 'Pending'))
  assert.equal(other.spec, one.spec)
  assert.equal(other.metadata?.name, 'b')
})

test('a status that the API server has answered is held once, whichever comes first, answer or watch', () => {
  for (const answerFirst of [true, false]) {
    const table = new PodTable()
    table.set(uid, pod('a', 'Pending'))
    const answer = { phase: 'Running' }
    if (answerFirst) table.expect(uid, answer)
    table.set(uid, pod('a', 'Running'))
    if (!answerFirst) table.expect(uid, answer)
    assert.equal(table.get(uid)?.status, answer)
  }
})
