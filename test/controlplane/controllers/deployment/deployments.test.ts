import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeploymentController } from '../../../../src/controlplane/controllers/deployment/deployments.ts'
import { ReplicaSetController, type ReplicaSetOptions } from '../../../../src/controlplane/controllers/replica-set/replica-sets.ts'
import { replicaSetKind } from '../../../../src/controlplane/controllers/replica-set/replicated.ts'
import { isReady } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import type { Deployment, ReplicaSet } from '../../../../src/kube/objects.ts'
import { pods } from '../../harness.ts'
import { aDeployment, aReplicaSet, inDefault, template, workloadStage } from '../workload-stage.ts'

const deployments = inDefault('deployments.apps')
const start = (options: ReplicaSetOptions) => {
  new ReplicaSetController(options, replicaSetKind)
  new DeploymentController(options)
}

/** The stage, with a node that makes every pod ready but those of an image that is not to be had. */
async function deploymentStage() {
  const at = await workloadStage(start)
  const get = () => at.get<Deployment>(deployments.resource, 'web')
  /** Until nothing moves. */
  const run = async (never = 'app:broken') => {
    for (let round = 0; round < 40; round++) {
      await at.settle()
      const waiting = (await at.activePods()).filter((pod) => !isReady(pod) && pod.spec?.containers[0]?.image !== never)
      if (waiting.length === 0) return
      for (const pod of waiting) await at.ready(pod)
    }
    assert.fail('it never came to an end')
  }
  return {
    ...at,
    run,
    deployment: get,
    create: (replicas: number, spec: object = {}) => at.backend.create(deployments, aDeployment('web', replicas, spec)),
    change: async (spec: object) => {
      await at.backend.patch({ ...deployments, name: 'web' }, 'application/merge-patch+json', { spec })
    },
    image: (image: string) => ({ template: template({ app: 'web' }, image) }),
    /** Image, replicas and revision of each set, oldest revision first. */
    sets: async () =>
      (await at.list<ReplicaSet>('replicasets.apps'))
        .map(({ spec, metadata }) => [
          spec?.template?.spec?.containers[0]?.image,
          spec?.replicas,
          Number(metadata?.annotations?.['deployment.kubernetes.io/revision']),
        ])
        .toSorted((a, b) => Number(a[2]) - Number(b[2])),
    condition: async (type: string) => (await get()).status?.conditions?.find((condition) => condition.type === type),
  }
}

test('a deployment becomes a replica set with a hash, and available when its pods are', async () => {
  using at = await deploymentStage()
  await at.create(3)
  await at.settle()
  const [set] = await at.list<ReplicaSet>('replicasets.apps')
  const hash = set?.metadata?.labels?.['pod-template-hash'] ?? ''
  assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
  assert.deepEqual([set?.metadata?.name, set?.spec?.selector.matchLabels], [`web-${hash}`, { app: 'web', 'pod-template-hash': hash }])
  const size = { 'deployment.kubernetes.io/desired-replicas': '3', 'deployment.kubernetes.io/max-replicas': '4' }
  assert.deepEqual(set?.metadata?.annotations, { 'deployment.kubernetes.io/revision': '1', ...size })
  assert.equal((await at.condition('Available'))?.reason, 'MinimumReplicasUnavailable')
  await at.run()
  const { status, metadata } = await at.deployment()
  const { conditions = [], ...counts } = status ?? {}
  const all = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, terminatingReplicas: 0, observedGeneration: 1 }
  assert.deepEqual({ ...counts }, all)
  assert.deepEqual([metadata?.annotations, metadata?.generation], [{ 'deployment.kubernetes.io/revision': '1' }, 1])
  assert.deepEqual(conditions.map(({ type, status, reason, message }) => [type, status, reason, message]).toSorted(), [
    ['Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
    ['Progressing', 'True', 'NewReplicaSetAvailable', `ReplicaSet "web-${hash}" has successfully progressed.`],
  ])
  assert.deepEqual(await at.messages('ScalingReplicaSet'), [`Scaled up replica set web-${hash} from 0 to 3`])
})

test('another template is rolled out step by step, and the one before is brought back under a new revision', async () => {
  using at = await deploymentStage()
  await at.create(4)
  await at.run()
  await at.change(at.image('app:2'))
  await at.settle()
  assert.deepEqual(
    await at.sets(),
    [
      ['app:1', 3, 1],
      ['app:2', 2, 2],
    ],
    'one more and one less than 4 at once',
  )
  assert.deepEqual([(await at.condition('Progressing'))?.reason, (await at.condition('Available'))?.status], ['ReplicaSetUpdated', 'True'])
  await at.run()
  assert.deepEqual(await at.sets(), [
    ['app:1', 0, 1],
    ['app:2', 4, 2],
  ])
  await at.change(at.image('app:1'))
  await at.run()
  assert.deepEqual(await at.sets(), [
    ['app:2', 0, 2],
    ['app:1', 4, 3],
  ])
  const back = (await at.list<ReplicaSet>('replicasets.apps')).find(({ spec }) => spec?.replicas === 4)
  assert.equal(back?.metadata?.annotations?.['deployment.kubernetes.io/revision-history'], '1')
  assert.equal((await at.deployment()).metadata?.annotations?.['deployment.kubernetes.io/revision'], '3')
})

test('a rollout that cannot go on keeps enough of the old, and is late by its deadline on the clock', async () => {
  using at = await deploymentStage()
  await at.create(4, { progressDeadlineSeconds: 60 })
  await at.run()
  await at.change(at.image('app:broken'))
  await at.run()
  assert.deepEqual(await at.sets(), [
    ['app:1', 3, 1],
    ['app:broken', 2, 2],
  ])
  await at.clock.advance(55_000)
  assert.equal((await at.condition('Progressing'))?.status, 'True')
  await at.clock.advance(10_000)
  await at.settle()
  const late = await at.condition('Progressing')
  assert.deepEqual([late?.status, late?.reason], ['False', 'ProgressDeadlineExceeded'])
  assert.match(late?.message ?? '', /^ReplicaSet "web-\w+" has timed out progressing\.$/)
  await at.change(at.image('app:1'))
  await at.run()
  assert.deepEqual([(await at.condition('Progressing'))?.reason, (await at.condition('Progressing'))?.status], ['NewReplicaSetAvailable', 'True'])
})

test('scaled in the middle of a rollout each set grows by its part', async () => {
  using at = await deploymentStage()
  await at.create(10, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } })
  await at.run()
  await at.change(at.image('app:broken'))
  await at.run()
  assert.deepEqual(await at.sets(), [
    ['app:1', 8, 1],
    ['app:broken', 5, 2],
  ])
  await at.change({ replicas: 15 })
  await at.settle()
  assert.deepEqual(
    await at.sets(),
    [
      ['app:1', 11, 1],
      ['app:broken', 7, 2],
    ],
    "the example of Kubernetes' documentation",
  )
})

test('recreate lets all of the old go before any of the new comes', async () => {
  using at = await deploymentStage()
  await at.create(2, { strategy: { type: 'Recreate' } })
  await at.run()
  const [slow] = await at.activePods()
  const path = { ...pods, name: slow?.metadata?.name ?? '' }
  await at.backend.patch(path, 'application/merge-patch+json', { metadata: { finalizers: ['example.com/slow'] } })
  await at.change(at.image('app:2'))
  await at.run()
  assert.deepEqual(await at.sets(), [['app:1', 0, 1]])
  await at.backend.patch(path, 'application/merge-patch+json', { metadata: { finalizers: null } })
  await at.run()
  assert.deepEqual(await at.sets(), [
    ['app:1', 0, 1],
    ['app:2', 2, 2],
  ])
})

test('paused, templates are not rolled out, and it can be scaled; resumed it goes on', async () => {
  using at = await deploymentStage()
  await at.create(2)
  await at.run()
  await at.change({ paused: true, ...at.image('app:2') })
  await at.run()
  await at.change({ replicas: 3 })
  await at.run()
  assert.deepEqual(await at.sets(), [['app:1', 3, 1]])
  const paused = await at.condition('Progressing')
  assert.deepEqual([paused?.status, paused?.reason, paused?.message], ['Unknown', 'DeploymentPaused', 'Deployment is paused'])
  await at.change({ paused: false })
  await at.run()
  assert.deepEqual(await at.sets(), [
    ['app:1', 0, 1],
    ['app:2', 3, 2],
  ])
  assert.equal((await at.condition('Progressing'))?.reason, 'NewReplicaSetAvailable')
})

test('the history is as long as its limit', async () => {
  using at = await deploymentStage()
  await at.create(1, { revisionHistoryLimit: 2 })
  await at.run()
  for (const version of [2, 3, 4, 5]) {
    await at.change(at.image(`app:${version}`))
    await at.run()
  }
  assert.deepEqual(await at.sets(), [
    ['app:3', 0, 3],
    ['app:4', 0, 4],
    ['app:5', 1, 5],
  ])
})

test('a set of another owner under its name makes for another hash', async () => {
  using at = await deploymentStage()
  await at.create(1)
  await at.run()
  const [set] = await at.list<ReplicaSet>('replicasets.apps')
  const name = set?.metadata?.name ?? ''
  await at.backend.delete({ ...deployments, name: 'web' })
  await at.backend.delete({ resource: 'replicasets.apps', namespace: 'default', name })
  await at.backend.create(inDefault('replicasets.apps'), { ...aReplicaSet('other', 0), metadata: { name } } as ReplicaSet)
  await at.create(1)
  await at.run()
  await at.clock.advance(1000)
  await at.run()
  assert.equal((await at.deployment()).status?.collisionCount, 1)
  assert.equal((await at.deployment()).status?.availableReplicas, 1)
})

test('a set that it selects and nobody owns is adopted, and scaled as its own', async () => {
  using at = await deploymentStage()
  const set = { ...aReplicaSet('web', 2), metadata: { name: 'left', labels: { app: 'web' } } } as ReplicaSet
  await at.backend.create(inDefault('replicasets.apps'), set)
  await at.run()
  await at.create(3)
  await at.run()
  assert.deepEqual(await at.sets(), [['app:1', 3, 1]])
})

test('one that is scaled long after it was rolled out is looked at when its pods change, and is not late', async () => {
  using at = await deploymentStage()
  await at.create(2)
  await at.run()
  await at.clock.advance(900_000)
  await at.change({ replicas: 4 })
  // Without an end if it looked again at once for as long as the pods are not there.
  await at.clock.advance(900_000)
  assert.deepEqual([(await at.deployment()).status?.replicas, (await at.condition('Progressing'))?.reason], [4, 'NewReplicaSetAvailable'])
})
