import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimOfVolume, forNode, freed, isFullyBound, volumeOfClaim } from '../../../src/controlplane/volume-binding/bind.ts'
import { aClaim, aVolume, claimRef } from './objects.ts'

const yes = { 'pv.kubernetes.io/bound-by-controller': 'yes' }

test('both halves of a binding say who made it; written again they change nothing', () => {
  const volume = volumeOfClaim(aVolume('v'), aClaim('c'))
  assert.deepEqual(volume.metadata?.annotations, yes)
  assert.deepEqual([volume.spec?.claimRef?.name, volume.spec?.claimRef?.uid, volume.spec?.claimRef?.kind], ['c', 'uid-c', 'PersistentVolumeClaim'])
  assert.equal(volumeOfClaim(volume, aClaim('c')), volume)
  const claim = claimOfVolume(aClaim('c'), volume)
  assert.deepEqual(claim.metadata?.annotations, { ...yes, 'pv.kubernetes.io/bind-completed': 'yes' })
  assert.equal(claim.spec?.volumeName, 'v')
  assert.equal(claimOfVolume(claim, volume), claim)
  assert.deepEqual([isFullyBound(aClaim('c')), isFullyBound(claim)], [false, true])
})

test('what a user has bound is not marked as bound by the controller', () => {
  const volume = volumeOfClaim(aVolume('v', { claimRef: claimRef('c') }), aClaim('c'))
  assert.equal(volume.spec?.claimRef?.uid, 'uid-c')
  assert.equal(volume.metadata?.annotations, undefined)
  assert.deepEqual(claimOfVolume(aClaim('c', { volumeName: 'v' }), volume).metadata?.annotations, { 'pv.kubernetes.io/bind-completed': 'yes' })
})

test('a volume that is let go is nobody’s, or waits for the claim of the name that its user gave', () => {
  assert.equal(freed(volumeOfClaim(aVolume('v'), aClaim('c'))).spec?.claimRef, undefined)
  assert.equal(freed(volumeOfClaim(aVolume('v'), aClaim('c'))).metadata?.annotations, undefined)
  assert.deepEqual(freed(aVolume('v', { claimRef: claimRef('c', 'uid-old') })).spec?.claimRef, claimRef('c'))
})

test('the scheduler’s choice is an annotation of the claim', () => {
  assert.deepEqual(forNode(aClaim('c'), 'n1').metadata?.annotations, { 'volume.kubernetes.io/selected-node': 'n1' })
})
