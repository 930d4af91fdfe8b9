import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findMatchingVolume, type MatchOptions, mismatch } from '../../../src/controlplane/volume-binding/match.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../src/kube/objects.ts'
import { aClaim, aNode, aVolume, claimRef, onNode } from './objects.ts'

const size = (storage: string) => ({ capacity: { storage } })
const found = (claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[], options?: MatchOptions) =>
  findMatchingVolume(claim, volumes, options)?.metadata?.name

test('a claim gets the smallest volume that is large enough, of those with the fewest access modes', () => {
  const volumes = [aVolume('large', size('5Gi')), aVolume('small', size('512Mi')), aVolume('fits', size('1025Mi')), aVolume('more', size('2Gi'))]
  assert.equal(found(aClaim('c'), volumes), 'fits')
  const all = { accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'] }
  assert.equal(found(aClaim('c'), [aVolume('all', { ...all, ...size('1Gi') }), ...volumes]), 'fits')
  assert.equal(found(aClaim('c', { accessModes: ['ReadWriteMany'] }), [aVolume('all', all), ...volumes]), 'all')
  assert.equal(found(aClaim('c'), [aVolume('b'), aVolume('a')]), 'a')
})

test('what does not fit is left: class, mode, labels, attributes, phase, another owner, one that is going', () => {
  const over = (spec: object) => [aVolume('v', spec)]
  assert.equal(found(aClaim('c'), over({ storageClassName: 'fast' })), undefined)
  assert.equal(found(aClaim('c', { storageClassName: 'fast' }), over({ storageClassName: 'fast' })), 'v')
  assert.equal(found(aClaim('c'), over({ volumeMode: 'Block' })), undefined)
  assert.equal(found(aClaim('c', { volumeMode: 'Block' }), over({ volumeMode: 'Block' })), 'v')
  assert.equal(found(aClaim('c', { volumeAttributesClassName: 'gold' }), over({})), undefined)
  assert.equal(found(aClaim('c', { selector: { matchLabels: { tier: 'a' } } }), over({})), undefined)
  assert.equal(found(aClaim('c', { selector: { matchLabels: { tier: 'a' } } }), [aVolume('v', {}, { labels: { tier: 'a' } })]), 'v')
  for (const phase of ['Pending', 'Bound', 'Released', 'Failed']) assert.equal(found(aClaim('c'), [aVolume('v', {}, {}, phase)]), undefined, phase)
  assert.equal(found(aClaim('c'), over({ claimRef: claimRef('other') })), undefined)
  assert.equal(found(aClaim('c'), over({ claimRef: claimRef('c', 'uid of an earlier one') })), undefined)
  assert.equal(found(aClaim('c'), [aVolume('v', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })]), undefined)
  assert.equal(found(aClaim('c'), over({}), { excluded: new Set(['v']) }), undefined)
})

test('a volume that is kept for the claim comes before all, in any phase and of any labels, but only where the node reaches it', () => {
  const kept = aVolume('kept', { ...size('9Gi'), claimRef: claimRef('c'), ...onNode('n1') }, {}, 'Pending')
  assert.equal(found(aClaim('c', { selector: { matchLabels: { no: 'no' } } }), [aVolume('free'), kept]), 'kept')
  assert.equal(found(aClaim('c'), [kept], { delayed: true }), 'kept')
  assert.equal(found(aClaim('c'), [kept, aVolume('free')], { node: aNode('n1'), delayed: true }), 'kept')
  assert.equal(found(aClaim('c'), [kept, aVolume('free')], { node: aNode('n2'), delayed: true }), undefined)
})

test('a claim that waits for its pod is matched for a node alone, with what that reaches', () => {
  const volumes = [aVolume('there', onNode('n1')), aVolume('anywhere', size('3Gi'))]
  assert.equal(found(aClaim('c'), volumes, { delayed: true }), undefined)
  assert.equal(found(aClaim('c'), volumes, { delayed: true, node: aNode('n1') }), 'there')
  assert.equal(found(aClaim('c'), volumes, { delayed: true, node: aNode('n2') }), 'anywhere')
})

test('a volume that a claim names is refused in the words of kube-controller-manager', () => {
  const refusals: [object, object, string | undefined][] = [
    [{}, {}, undefined],
    [{ resources: { requests: { storage: '2Gi' } } }, {}, 'requested PV is too small'],
    [{ storageClassName: 'fast' }, {}, 'storageClassName does not match'],
    [{ volumeAttributesClassName: 'gold' }, {}, 'volumeAttributesClassName does not match'],
    [{ volumeMode: 'Block' }, {}, 'incompatible volumeMode'],
    [{ accessModes: ['ReadWriteMany'] }, {}, 'incompatible accessMode'],
  ]
  for (const [claim, volume, expected] of refusals) assert.equal(mismatch(aClaim('c', claim), aVolume('v', volume)), expected)
  assert.equal(mismatch(aClaim('c'), aVolume('v', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })), 'the volume is marked for deletion "v"')
})
