import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StorageClass } from '../../../src/controlplane/apiserver/kinds/storage/storage-classes.ts'
import { claimOfVolume, forNode, volumeOfClaim } from '../../../src/controlplane/volume-binding/bind.ts'
import { claimsOf, findPodVolumes, type PodClaims, type VolumeView } from '../../../src/controlplane/volume-binding/pod-volumes.ts'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../src/kube/objects.ts'
import { aClaim, aClass, aNode, aVolume, onNode, podWith } from './objects.ts'

const late = { storageClassName: 'late' }
const lateClass = (over: object = {}) => aClass('late', { volumeBindingMode: 'WaitForFirstConsumer', ...over })

function view(claims: PersistentVolumeClaim[], volumes: PersistentVolume[] = [], classes: StorageClass[] = [lateClass()]): VolumeView {
  return {
    claim: (_namespace, name) => claims.find(({ metadata }) => metadata?.name === name),
    volume: (name) => volumes.find(({ metadata }) => metadata?.name === name),
    volumes: () => volumes,
    storageClass: (name) => classes.find(({ metadata }) => metadata?.name === name),
  }
}

const refusal = (pod: Pod, ...claims: PersistentVolumeClaim[]) => {
  const answer = claimsOf(pod, view(claims))
  return 'refusal' in answer ? answer.refusal : undefined
}

test('a pod whose claims cannot be had anywhere is told why', () => {
  assert.equal(refusal(podWith('c')), 'persistentvolumeclaim "c" not found')
  assert.equal(refusal(podWith('c'), aClaim('c')), 'pod has unbound immediate PersistentVolumeClaims')
  assert.equal(refusal(podWith('c'), aClaim('c', { ...late, volumeName: 'v' })), 'pod has unbound immediate PersistentVolumeClaims')
  assert.equal(refusal(podWith('c'), aClaim('c', late, { deletionTimestamp: '2026-01-01T00:00:00Z' })), 'persistentvolumeclaim "c" is being deleted')
  const lost = { ...aClaim('c', { volumeName: 'v' }), status: { phase: 'Lost' } } as PersistentVolumeClaim
  assert.equal(refusal(podWith('c'), lost), 'persistentvolumeclaim "c" bound to non-existent persistentvolume "v"')
  const pod = { ...podWith(), spec: { containers: [], volumes: [{ name: 'e', ephemeral: {} }] } } as Pod
  assert.equal(refusal(pod), 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-e"')
  assert.equal(refusal(pod, aClaim('p-e', late)), 'PVC default/p-e was not created for pod default/p (pod is not owner)')
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-p', controller: true }]
  assert.equal(refusal(pod, aClaim('p-e', late, { ownerReferences })), undefined)
})

function places(pod: Pod, seen: VolumeView, ...nodes: string[]) {
  return nodes.map((name) => {
    const found = findPodVolumes(claimsOf(pod, seen) as PodClaims, aNode(name, { zone: `of-${name}` }), seen)
    return 'reasons' in found
      ? found.reasons.join('; ')
      : [...found.bindings.map(({ volume }) => volume.metadata?.name), ...found.provisions.map(() => 'new')].join(' ')
  })
}

test('a bound claim keeps its pod where its volume is', () => {
  const volume = volumeOfClaim(aVolume('v', onNode('n1')), aClaim('c'))
  const claim = claimOfVolume(aClaim('c'), volume)
  assert.deepEqual(places(podWith('c'), view([claim], [volume]), 'n1', 'n2'), ['', "node(s) didn't match PersistentVolume's node affinity"])
  assert.deepEqual(places(podWith('c'), view([claim]), 'n1'), ['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'])
})

test('claims that wait get what the node reaches, each its own, the small ones first; the others are made for it', () => {
  const claims = [aClaim('large', { ...late, resources: { requests: { storage: '2Gi' } } }), aClaim('small', late)]
  const volumes = [aVolume('v2', { ...late, ...onNode('n1'), capacity: { storage: '2Gi' } }), aVolume('v1', { ...late, ...onNode('n1') })]
  assert.deepEqual(places(podWith('large', 'small'), view(claims, volumes), 'n1', 'n2'), ['v1 v2', 'new new'])
  const fixed = lateClass({ provisioner: 'kubernetes.io/no-provisioner' })
  assert.deepEqual(places(podWith('large', 'small'), view(claims, volumes, [fixed]), 'n1', 'n2'), [
    'v1 v2',
    "node(s) didn't find available persistent volumes to bind",
  ])
})

test('a class makes volumes where its topologies allow it, and for the node that was chosen first', () => {
  const zoned = lateClass({ allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['of-n1'] }] }] })
  const none = "node(s) didn't find available persistent volumes to bind"
  assert.deepEqual(places(podWith('c'), view([aClaim('c', late)], [], [zoned]), 'n1', 'n2'), ['new', none])
  const chosen = forNode(aClaim('c', late), 'n2')
  assert.deepEqual(places(podWith('c'), view([chosen], [aVolume('v', late)]), 'n1', 'n2'), [none, 'new'])
})

test('a driver without room on a node is told apart, and volumes that others are about to get are left', () => {
  const seen = view([aClaim('c', late)], [aVolume('v', late)])
  const claims = claimsOf(podWith('c'), seen) as PodClaims
  assert.deepEqual(
    findPodVolumes(claims, aNode('n1'), seen, new Set(['v']), () => false),
    { reasons: ['node(s) did not have enough free storage'] },
  )
})
