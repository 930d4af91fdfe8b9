import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasOtherController, ownersToBe } from '../../../../src/controlplane/controllers/stateful-set/claims.ts'
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../../../src/kube/objects.ts'
import { aStatefulSet } from '../workload-stage.ts'
import { claims, claimTemplate, setStage } from './set-stage.ts'

const withClaims = (spec: object = {}) => ({ volumeClaimTemplates: [claimTemplate('data'), claimTemplate('logs')], ...spec })
type Reference = NonNullable<NonNullable<PersistentVolumeClaim['metadata']>['ownerReferences']>[number]
const reference = (kind: string, name: string, uid: string, more: object = { controller: true, blockOwnerDeletion: true }): Reference => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
  kind,
  name,
  uid,
  ...more,
})

test('each pod gets claims of its own, made before it and used as its volumes', async () => {
  using at = await setStage()
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'app:1' }], volumes: [{ name: 'logs', emptyDir: {} }] } }
  await at.create(2, withClaims({ template }))
  await at.run()
  const made = await at.list<PersistentVolumeClaim>('persistentvolumeclaims')
  assert.deepEqual(made.map(({ metadata }) => metadata?.name).toSorted(), ['data-web-0', 'data-web-1', 'logs-web-0', 'logs-web-1'])
  assert.deepEqual(made[0]?.metadata?.labels, { app: 'web', tier: 'disk' })
  assert.equal(made[0]?.metadata?.ownerReferences, undefined, 'they stay when the set goes')
  const pod = await at.named('web-1')
  assert.deepEqual(
    pod.spec?.volumes?.map(({ name, persistentVolumeClaim }) => [name, persistentVolumeClaim?.claimName]),
    [
      ['data', 'data-web-1'],
      ['logs', 'logs-web-1'],
    ],
    'the claim takes the place of a volume of its name',
  )
  assert.ok((await at.messages('SuccessfulCreate')).includes('create Claim data-web-0 Pod web-0 in StatefulSet web success'))
})

test('a pod that comes back has the claims that it had', async () => {
  using at = await setStage()
  await at.create(1, withClaims())
  await at.run()
  const before = await at.get(claims.resource, 'data-web-0')
  await at.remove('web-0')
  await at.run()
  assert.equal((await at.get(claims.resource, 'data-web-0')).metadata?.uid, before.metadata?.uid)
})

test('a pod that is pending and has lost a claim gets it anew', async () => {
  using at = await setStage()
  await at.create(1, withClaims())
  await at.settle()
  await at.backend.delete({ ...claims, name: 'logs-web-0' })
  await at.settle()
  assert.equal((await at.list('persistentvolumeclaims')).length, 2)
})

test('claims that go with the set have it as their owner, and those of a pod that is scaled away have the pod', async () => {
  using at = await setStage()
  await at.create(2, withClaims({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' } }))
  await at.run()
  const set = await at.set()
  const owners = async (name: string) => (await at.get(claims.resource, name)).metadata?.ownerReferences
  assert.deepEqual(await owners('data-web-1'), [reference('StatefulSet', 'web', set.metadata?.uid ?? '')])
  const pod = await at.named('web-1')
  await at.change({ replicas: 1 })
  await at.settle()
  assert.deepEqual(await owners('data-web-1'), [reference('Pod', 'web-1', pod.metadata?.uid ?? '')], 'the garbage collector takes them after it')
  assert.deepEqual(await owners('data-web-0'), [reference('StatefulSet', 'web', set.metadata?.uid ?? '')])
})

test('a pod waits until the claims of the one that was scaled away are gone, and has new ones then', async () => {
  using at = await setStage()
  await at.create(2, withClaims({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } }))
  await at.run()
  await at.change({ replicas: 1 })
  await at.settle()
  await at.change({ replicas: 2 })
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0'])
  for (const name of ['data-web-1', 'logs-web-1']) await at.backend.delete({ ...claims, name })
  await at.run()
  assert.deepEqual(await at.names(), ['web-0', 'web-1'])
  assert.equal((await at.list('persistentvolumeclaims')).length, 4)
})

test('another policy is put into effect on the claims that there are', async () => {
  using at = await setStage()
  await at.create(1, withClaims())
  await at.run()
  await at.change({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } })
  await at.settle()
  assert.equal((await at.get(claims.resource, 'data-web-0')).metadata?.ownerReferences?.[0]?.kind, 'StatefulSet')
  assert.deepEqual(await at.messages('SuccessfulUpdate'), ['update Pod web-0 in StatefulSet web successful'])
  await at.change({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' } })
  await at.settle()
  assert.equal((await at.get(claims.resource, 'data-web-0')).metadata?.ownerReferences, undefined)
})

test('a claim that cannot be made is told of, and so is its pod', async () => {
  using at = await setStage()
  await at.create(1, { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['Nobody'], resources: { requests: { storage: '1Gi' } } } }] })
  await at.settle()
  const messages = (await at.messages('FailedCreate')).toSorted()
  assert.match(messages[0] ?? '', /^create Claim data-web-0 for Pod web-0 in StatefulSet web failed error: PersistentVolumeClaim "data-web-0" is invalid: /)
  assert.match(
    messages[1] ?? '',
    /^create Pod web-0 in StatefulSet web failed error: failed to create PVC data-web-0: PersistentVolumeClaim "data-web-0" is invalid: /,
  )
  assert.deepEqual(await at.names(), [])
})

const other = reference('Backup', 'nightly', 'backup', {})
const manager = reference('Operator', 'db', 'operator')
const ownSet = reference('StatefulSet', 'web', 'set')
const ownPod = reference('Pod', 'web-1', 'pod')

// The policies of KEP-1847, and claims that are others' too. `undefined`: nothing is to be changed.
const retentions: readonly {
  readonly deleted: string
  readonly scaled: string
  readonly replicas: number
  readonly has: readonly Reference[]
  readonly wants: readonly Reference[] | undefined
  readonly conflicts?: true
}[] = [
  { deleted: 'Retain', scaled: 'Retain', replicas: 3, has: [], wants: undefined },
  { deleted: 'Retain', scaled: 'Retain', replicas: 3, has: [other, ownSet], wants: [other] },
  { deleted: 'Retain', scaled: 'Retain', replicas: 3, has: [manager], wants: undefined },
  { deleted: 'Delete', scaled: 'Retain', replicas: 3, has: [], wants: [ownSet] },
  { deleted: 'Delete', scaled: 'Retain', replicas: 0, has: [other], wants: [other, ownSet] },
  { deleted: 'Delete', scaled: 'Retain', replicas: 3, has: [ownSet], wants: undefined },
  { deleted: 'Retain', scaled: 'Delete', replicas: 3, has: [], wants: undefined },
  { deleted: 'Retain', scaled: 'Delete', replicas: 0, has: [], wants: [ownPod] },
  { deleted: 'Retain', scaled: 'Delete', replicas: 3, has: [ownPod], wants: [] },
  { deleted: 'Delete', scaled: 'Delete', replicas: 0, has: [ownSet], wants: [ownPod] },
  { deleted: 'Delete', scaled: 'Delete', replicas: 3, has: [ownPod], wants: [ownSet] },
  { deleted: 'Delete', scaled: 'Delete', replicas: 3, has: [reference('StatefulSet', 'web', 'set', {})], wants: [ownSet] },
  { deleted: 'Delete', scaled: 'Retain', replicas: 3, has: [manager], wants: undefined, conflicts: true },
  { deleted: 'Delete', scaled: 'Retain', replicas: 3, has: [manager, ownSet], wants: [manager], conflicts: true },
  // It goes with a set or a pod that was before: the garbage collector's.
  { deleted: 'Delete', scaled: 'Retain', replicas: 3, has: [reference('StatefulSet', 'web', 'earlier')], wants: undefined, conflicts: true },
  { deleted: 'Delete', scaled: 'Delete', replicas: 3, has: [reference('Pod', 'web-1', 'earlier')], wants: undefined, conflicts: true },
]

for (const { deleted, scaled, replicas, has, wants, conflicts = false } of retentions) {
  const shown = has.map(({ kind, uid, controller }) => `${kind} ${uid}${controller ? '' : ' (no controller)'}`).join(', ') || 'nobody'
  test(`whenDeleted ${deleted}, whenScaled ${scaled}, ${replicas} replicas: a claim of ${shown}`, () => {
    const policy = { whenDeleted: deleted, whenScaled: scaled }
    const made = aStatefulSet('web', replicas, { persistentVolumeClaimRetentionPolicy: policy })
    const set = { ...made, metadata: { name: 'web', uid: 'set' } } as StatefulSet
    const pod = { metadata: { name: 'web-1', uid: 'pod' } } as Pod
    const claim = { metadata: { name: 'data-web-1', ownerReferences: has } } as PersistentVolumeClaim
    assert.deepEqual(ownersToBe(set, pod, claim), wants)
    assert.equal(hasOtherController(set, pod, claim), conflicts)
  })
}
