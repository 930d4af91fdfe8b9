import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deletionBegan, onlyStatusChanged, shownFieldsChanged, specChanged } from '../../../actors/pod/pod-change.ts'
import { share } from '../../../src/base/share.ts'
import { aPod } from '../../support/builders.ts'

const before = aPod().withContainer({ name: 'c' })

test('a deletion begins once', () => {
  const marked = before.withMetadata({ deletionTimestamp: '2026-01-01T00:00:00Z' }).build()
  assert.deepEqual([deletionBegan(before.build(), marked), deletionBegan(marked, marked), deletionBegan(marked, before.build())], [true, false, false])
})

for (const [what, after, shown, spec] of [
  ['nothing', before, false, false],
  ['its labels', before.withMetadata({ labels: { app: 'x' } }), true, false],
  ['its annotations', before.withMetadata({ annotations: { note: 'x' } }), true, false],
  ['an image', aPod().withContainer({ name: 'c', image: 'other' }), false, true],
  ['its status', before.withStatus({ phase: 'Running' }), false, false],
] as const)
  test(`a pod that changed in ${what} shows ${shown ? 'other fields' : 'the same fields'} and has ${spec ? 'another spec' : 'the same spec'}`, () => {
    assert.deepEqual([shownFieldsChanged(before.build(), after.build()), specChanged(before.build(), after.build())], [shown, spec])
  })

for (const [what, after, only] of [
  ['its status', before.withStatus({ phase: 'Running' }).withMetadata({ resourceVersion: '2' }), true],
  ['a condition of a controller', before.withStatus({ conditions: [{ type: 'example.com/gate', status: 'True' }] }), true],
  ['its deletion', before.withMetadata({ deletionTimestamp: '2026-01-01T00:00:00Z' }), false],
  ['its labels', before.withMetadata({ labels: { app: 'x' } }), false],
  ['its finalizers', before.withMetadata({ finalizers: ['example.com/keep'] }), false],
  ['an image', aPod().withContainer({ name: 'c', image: 'other' }), false],
] as const)
  test(`a pod that changed in ${what} changed ${only ? 'in nothing but its status' : 'in more than its status'}`, () => {
    const known = before.withMetadata({ resourceVersion: '1' }).build()
    assert.equal(onlyStatusChanged(known, share(known, structuredClone(after.build()))), only)
  })
