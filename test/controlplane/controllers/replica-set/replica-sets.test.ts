import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forbiddenBy } from '../../../../src/controlplane/apiserver/rest/status-errors.ts'
import { ReplicaSetController, type ReplicaSetOptions } from '../../../../src/controlplane/controllers/replica-set/replica-sets.ts'
import { replicaSetKind, replicationControllerKind } from '../../../../src/controlplane/controllers/replica-set/replicated.ts'
import { controllerOf } from '../../../../src/controlplane/controllers/runtime/informer.ts'
import type { Pod, ReplicaSet, ReplicationController } from '../../../../src/kube/objects.ts'
import { aPod, pods } from '../../harness.ts'
import { aReplicaSet, inDefault, template, workloadStage } from '../workload-stage.ts'

const sets = inDefault('replicasets.apps')
const start = (options: ReplicaSetOptions) => {
  for (const kind of [replicaSetKind, replicationControllerKind]) new ReplicaSetController(options, kind)
}

test('a replica set makes the pods that are missing, tells of them, and counts those that are ready', async () => {
  using at = await workloadStage(start)
  const { uid } = (await at.backend.create(sets, aReplicaSet('web', 5))).metadata ?? {}
  await at.settle()
  const made = await at.activePods()
  assert.equal(made.length, 5)
  for (const pod of made) {
    assert.match(pod.metadata?.name ?? '', /^web-[a-z0-9]{5}$/)
    assert.equal(pod.metadata?.generateName, 'web-')
    const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid, controller: true, blockOwnerDeletion: true }
    assert.deepEqual(pod.metadata?.ownerReferences, [reference])
    assert.deepEqual(pod.metadata?.labels, { app: 'web' })
  }
  const told = made.map(({ metadata }) => `Created pod: ${metadata?.name}`)
  assert.deepEqual((await at.messages('SuccessfulCreate')).sort(), told.sort())
  await at.ready(made[0] as Pod)
  await at.settle()
  const { status } = await at.get<ReplicaSet>(sets.resource, 'web')
  const counts = { replicas: 5, fullyLabeledReplicas: 5, readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 0, observedGeneration: 1 }
  assert.deepEqual(status, counts)
})

test('a pod that ends or is deleted is made anew, and a set that is made smaller deletes', async () => {
  using at = await workloadStage(start)
  await at.backend.create(sets, aReplicaSet('web', 3))
  await at.settle()
  const [one, two] = (await at.activePods()) as [Pod, Pod]
  await at.say(one, { phase: 'Failed' })
  await at.backend.delete({ ...pods, name: two.metadata?.name ?? '' })
  await at.settle()
  const active = (await at.activePods()).filter(({ status }) => status?.phase !== 'Failed')
  assert.equal(active.length, 3)
  const set = await at.get<ReplicaSet>(sets.resource, 'web')
  await at.backend.update({ ...sets, name: 'web' }, { ...set, spec: { ...set.spec, replicas: 1 } } as ReplicaSet)
  await at.settle()
  assert.equal((await at.activePods()).filter(({ status }) => status?.phase !== 'Failed').length, 1)
  assert.equal((await at.messages('SuccessfulDelete')).length, 2)
  assert.match((await at.messages('SuccessfulDelete'))[0] ?? '', /^Deleted pod: web-/)
})

test('pods are adopted by what selects them and let go by what does not any more', async () => {
  using at = await workloadStage(start)
  await at.backend.create(pods, aPod('stray', { labels: { app: 'web' } }))
  await at.backend.create(pods, aPod('other', { labels: { app: 'else' } }))
  await at.backend.create(sets, aReplicaSet('web', 2))
  await at.settle()
  const owners = async () => Object.fromEntries((await at.activePods()).map((pod) => [pod.metadata?.name, controllerOf(pod)?.name]))
  assert.deepEqual(await owners(), { stray: 'web', other: undefined, ...(await onlyMade(owners())) })
  assert.equal((await at.activePods()).length, 3)
  await at.backend.patch({ ...pods, name: 'stray' }, 'application/merge-patch+json', { metadata: { labels: { app: 'debug' } } })
  await at.settle()
  assert.equal((await owners()).stray, undefined)
  assert.equal((await at.activePods()).length, 4, 'one was made in its place')
  await at.backend.patch({ ...pods, name: 'other' }, 'application/merge-patch+json', { metadata: { labels: { app: 'web' } } })
  await at.settle()
  assert.equal((await at.activePods()).length, 3, 'one too many was adopted, and one deleted')
})

const onlyMade = async (owners: Promise<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(await owners).filter(([name]) => name.startsWith('web-')))

test('a pod is available when it has been ready for minReadySeconds by the clock', async () => {
  using at = await workloadStage(start)
  await at.backend.create(sets, aReplicaSet('slow', 2, { minReadySeconds: 30 }))
  await at.settle()
  for (const pod of await at.activePods()) {
    await at.ready(pod)
    await at.clock.advance(10_000)
  }
  const available = async () => (await at.get<ReplicaSet>(sets.resource, 'slow')).status?.availableReplicas ?? 0
  await at.clock.advance(9_000)
  assert.equal(await available(), 0)
  await at.clock.advance(1_000)
  await at.settle()
  assert.equal(await available(), 1)
  await at.clock.advance(10_000)
  await at.settle()
  assert.equal(await available(), 2)
  assert.equal(at.clock.pending, 0, 'nothing is waited for any more')
})

test('what is refused is tried once, told, and tried again later', async () => {
  let refused = 0
  const named = { group: '', resource: 'pods', kind: 'Pod' }
  let full = true
  using at = await workloadStage(start, [
    ({ definition, operation, object }) => {
      if (!full || definition.resource !== 'pods' || operation !== 'CREATE') return
      refused++
      throw forbiddenBy(named, object?.metadata?.name ?? '', 'exceeded quota: q')
    },
  ])
  await at.backend.create(sets, aReplicaSet('web', 50))
  await at.settle()
  assert.ok(refused <= 2, `once, and once more when its status is written: ${refused}`)
  const { status } = await at.get<ReplicaSet>(sets.resource, 'web')
  assert.deepEqual([status?.replicas, status?.observedGeneration], [0, 1])
  const [condition] = status?.conditions ?? []
  assert.deepEqual([condition?.type, condition?.status, condition?.reason], ['ReplicaFailure', 'True', 'FailedCreate'])
  assert.match(condition?.message ?? '', /^pods "web-\w+" is forbidden: exceeded quota: q$/)
  assert.match((await at.messages('FailedCreate'))[0] ?? '', /^Error creating: pods "web-\w+" is forbidden: exceeded quota: q$/)
  await at.clock.advance(1000)
  assert.ok(refused > 1 && refused < 12, `it backs off: ${refused}`)
  full = false
  await at.clock.advance(5000)
  await at.settle()
  assert.equal((await at.activePods()).length, 50)
  assert.equal((await at.get<ReplicaSet>(sets.resource, 'web')).status?.conditions, undefined)
})

test('a set whose pods a node refuses makes others after a while, each time a longer one; one whose pods have run makes them at once', async () => {
  using at = await workloadStage(start)
  await at.backend.create(sets, aReplicaSet('web', 1))
  await at.settle()
  const fails = async (more: object = {}) => {
    for (const pod of await at.activePods()) if (pod.status?.phase !== 'Failed') await at.say(pod, { phase: 'Failed', ...more })
    await at.settle()
  }
  const count = async () => (await at.activePods()).length
  await fails()
  assert.equal(await count(), 2, 'the first is followed at once')
  for (const [made, delayMs] of [5, 10, 20, 40].entries()) {
    await fails()
    assert.equal(await count(), made + 2)
    await at.clock.advance(delayMs - 1)
    await at.settle()
    assert.equal(await count(), made + 2, `not yet after ${delayMs - 1} ms`)
    await at.clock.advance(1)
    await at.settle()
    assert.equal(await count(), made + 3)
  }
  const before = await count()
  await at.clock.advance(60_000)
  const ran = { name: 'app', image: 'a', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: 1, startedAt: '2026-01-01T00:00:00Z' } } }
  await fails({ containerStatuses: [ran] })
  assert.equal(await count(), before + 1)
})

test('nothing is made for a set that is going', async () => {
  using at = await workloadStage(start)
  await at.backend.create(sets, { ...aReplicaSet('web', 1), metadata: { name: 'web', finalizers: ['example.com/wait'] } } as ReplicaSet)
  await at.settle()
  await at.backend.delete({ ...sets, name: 'web' })
  const [pod] = await at.activePods()
  await at.backend.delete({ ...pods, name: pod?.metadata?.name ?? '' })
  await at.settle()
  assert.deepEqual(await at.activePods(), [])
})

test('a replication controller does the same, by its own selector', async () => {
  using at = await workloadStage(start)
  const controllers = inDefault('replicationcontrollers')
  await at.backend.create(controllers, { metadata: { name: 'old' }, spec: { replicas: 2, template: template({ app: 'old' }) } } as ReplicationController)
  await at.settle()
  const made = await at.activePods()
  assert.deepEqual(
    made.map((pod) => [controllerOf(pod)?.apiVersion, controllerOf(pod)?.kind]),
    [
      ['v1', 'ReplicationController'],
      ['v1', 'ReplicationController'],
    ],
  )
  const { status } = await at.get<ReplicationController>(controllers.resource, 'old')
  assert.deepEqual(status, { replicas: 2, fullyLabeledReplicas: 2, observedGeneration: 1 })
})
