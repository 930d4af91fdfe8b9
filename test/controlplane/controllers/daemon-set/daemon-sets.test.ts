import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Admission } from '../../../../src/controlplane/apiserver/resource.ts'
import { forbiddenBy } from '../../../../src/controlplane/apiserver/rest/status-errors.ts'
import type { ControllerRevision, Pod } from '../../../../src/kube/objects.ts'
import { aPod, pods } from '../../harness.ts'
import { inDefault } from '../workload-stage.ts'
import { daemonStage, rolling, sets } from './daemon-stage.ts'

test('each node has a pod, bound to it by the scheduler through its affinity, with the tolerations of a daemon', async () => {
  using at = await daemonStage(['a', 'b'])
  await at.create()
  await at.settle()
  const pod = await at.podOn('a')
  const terms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }]
  assert.deepEqual(pod.spec?.affinity, { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } })
  assert.equal(pod.spec?.nodeName, undefined)
  const effects = { 'not-ready': 'NoExecute', unreachable: 'NoExecute', 'disk-pressure': 'NoSchedule', 'memory-pressure': 'NoSchedule' }
  const tolerations = Object.entries({ ...effects, 'pid-pressure': 'NoSchedule', unschedulable: 'NoSchedule' })
  assert.deepEqual(
    pod.spec?.tolerations,
    tolerations.map(([key, effect]) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect })),
  )
  const [revision] = await at.revisions()
  const hash = revision?.metadata?.labels?.['controller-revision-hash']
  assert.equal(revision?.metadata?.name, `log-${hash}`)
  assert.deepEqual(pod.metadata?.labels, { app: 'log', 'controller-revision-hash': hash, 'pod-template-generation': '1' })
  assert.match(pod.metadata?.name ?? '', /^log-[a-z0-9]{5}$/)
  await at.run()
  const numbers = { desiredNumberScheduled: 2, currentNumberScheduled: 2, numberReady: 2, numberAvailable: 2, updatedNumberScheduled: 2 }
  assert.deepEqual({ ...(await at.set()).status }, { ...numbers, numberMisscheduled: 0, observedGeneration: 1 })
  assert.deepEqual(await at.messages('SuccessfulCreate').then((all) => all.length), 2)
})

test('a node that comes gets a pod, one that goes is counted no more, and what was meant for it and never bound goes with it', async () => {
  using at = await daemonStage(['a'])
  await at.create()
  await at.run()
  await at.addNode('b')
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:1', 'b app:1'])
  await at.removeNode('b')
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:1'])
  assert.equal((await at.set()).status?.desiredNumberScheduled, 1)
})

test('a node that is selected no more loses its pod, and one that is gets it', async () => {
  using at = await daemonStage(['a', 'b'])
  await at.node('a', { metadata: { labels: { disk: 'ssd' } } })
  const spec = { containers: [{ name: 'app', image: 'app:1' }], nodeSelector: { disk: 'ssd' } }
  await at.create({ template: { metadata: { labels: { app: 'log' } }, spec } })
  await at.run()
  assert.deepEqual(await at.placed(), ['a app:1'])
  await at.node('a', { metadata: { labels: { disk: 'hdd' } } })
  await at.node('b', { metadata: { labels: { disk: 'ssd' } } })
  await at.run()
  assert.deepEqual(await at.placed(), ['b app:1'])
})

test('a taint that keeps pods away leaves the one that is there, one that drives pods out takes it', async () => {
  using at = await daemonStage(['a', 'b'])
  await at.create()
  await at.run()
  await at.node('a', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } })
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:1', 'b app:1'])
  const { status } = await at.set()
  assert.deepEqual([status?.desiredNumberScheduled, status?.numberMisscheduled], [1, 1])
  await at.node('a', { spec: { taints: [{ key: 'gpu', effect: 'NoExecute' }] } })
  await at.settle()
  assert.deepEqual(await at.placed(), ['b app:1'])
  await at.node('a', { spec: { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] } })
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:1', 'b app:1'], 'that of a node in trouble is tolerated for ever')
})

test('a rolling update replaces as many as may be missing, and goes on as the new ones become available', async () => {
  using at = await daemonStage(['a', 'b', 'c', 'd'])
  await at.create(rolling({ maxUnavailable: 2 }))
  await at.run()
  await at.change(at.image('app:2'))
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:2', 'b app:2', 'c app:1', 'd app:1'])
  const { status } = await at.set()
  assert.deepEqual([status?.updatedNumberScheduled, status?.numberAvailable, status?.numberUnavailable, status?.observedGeneration], [2, 2, 2, 2])
  await at.ready(await at.bind(await at.podOn('b')))
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:2', 'b app:2', 'c app:2', 'd app:1'])
  await at.run()
  assert.deepEqual(await at.placed(), ['a app:2', 'b app:2', 'c app:2', 'd app:2'])
  assert.equal((await at.set()).status?.updatedNumberScheduled, 4)
})

test('a rollout that broke is got over by the next template, and takes no other pod meanwhile', async () => {
  using at = await daemonStage(['a', 'b', 'c'])
  await at.create()
  await at.run()
  await at.change(at.image('app:broken'))
  await at.run()
  assert.deepEqual(await at.placed(), ['a app:broken', 'b app:1', 'c app:1'])
  await at.change(at.image('app:1'))
  await at.run()
  assert.deepEqual(await at.placed(), ['a app:1', 'b app:1', 'c app:1'])
})

test('by surge a new pod stands beside the old one until it is available', async () => {
  using at = await daemonStage(['a', 'b', 'c'])
  await at.create({ ...rolling({ maxSurge: 1, maxUnavailable: 0 }), minReadySeconds: 10 })
  await at.run()
  await at.clock.advance(10_000)
  await at.change(at.image('app:2'))
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:1', 'a app:2', 'b app:1', 'c app:1'])
  await at.run()
  await at.clock.advance(9000)
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:1', 'a app:2', 'b app:1', 'c app:1'], 'it has not been ready for long enough')
  await at.clock.advance(1000)
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:2', 'b app:1', 'b app:2', 'c app:1'])
  for (let round = 0; round < 3; round++) {
    await at.run()
    await at.clock.advance(10_000)
  }
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:2', 'b app:2', 'c app:2'])
})

test('on deletion alone pods are replaced when somebody deletes them', async () => {
  using at = await daemonStage(['a', 'b'])
  await at.create({ updateStrategy: { type: 'OnDelete' } })
  await at.run()
  await at.change(at.image('app:2'))
  await at.run()
  assert.deepEqual(await at.placed(), ['a app:1', 'b app:1'])
  await at.backend.delete({ ...pods, name: (await at.podOn('a')).metadata?.name ?? '' }, { gracePeriodSeconds: 0 })
  await at.run()
  assert.deepEqual(await at.placed(), ['a app:2', 'b app:1'])
})

test('a failed pod is killed and made anew, each time on its node twice as late', async () => {
  using at = await daemonStage(['a', 'b'])
  await at.create()
  await at.run()
  const fail = async () => {
    const pod = await at.podOn('a')
    await at.say(pod, { phase: 'Failed', conditions: [] })
    await at.settle()
    return pod.metadata?.name
  }
  const first = await fail()
  assert.deepEqual(await at.messages('FailedDaemonPod'), [`Found failed daemon pod default/${first} on node a, will try to kill it`])
  assert.notEqual((await at.podOn('a')).metadata?.name, first, 'the first one at once')
  for (const delay of [1000, 2000, 4000]) {
    const name = await fail()
    assert.equal((await at.podOn('a')).metadata?.name, name)
    await at.clock.advance(delay - 1)
    await at.settle()
    assert.equal((await at.podOn('a')).metadata?.name, name)
    await at.clock.advance(1)
    await at.settle()
    assert.notEqual((await at.podOn('a')).metadata?.name, name)
  }
  await at.run()
  assert.deepEqual(await at.placed(), ['a app:1', 'b app:1'])
})

test('a pod that ended well is deleted and made anew', async () => {
  using at = await daemonStage(['a'])
  await at.create()
  await at.run()
  const pod = await at.podOn('a')
  await at.say(pod, { phase: 'Succeeded', conditions: [] })
  await at.run()
  assert.notEqual((await at.podOn('a')).metadata?.uid, pod.metadata?.uid)
  assert.deepEqual(await at.messages('SucceededDaemonPod'), [`Found succeeded daemon pod default/${pod.metadata?.name} on node a, will try to delete it`])
})

test('a pod is available when it has been ready for long enough by the clock', async () => {
  using at = await daemonStage(['a'])
  await at.create({ minReadySeconds: 30 })
  await at.run()
  assert.deepEqual([(await at.set()).status?.numberReady, (await at.set()).status?.numberAvailable], [1, undefined])
  await at.clock.advance(30_000)
  await at.settle()
  assert.equal((await at.set()).status?.numberAvailable, 1)
})

test('a template that comes back is the same revision under the next number, and the history is as long as its limit', async () => {
  using at = await daemonStage(['a'])
  await at.create({ revisionHistoryLimit: 1 })
  await at.run()
  await at.change(at.image('app:2'))
  await at.run()
  const [first] = await at.revisions()
  await at.change(at.image('app:1'))
  await at.run()
  const after = await at.revisions()
  assert.deepEqual(
    after.map(({ revision }) => revision),
    [2, 3],
  )
  assert.equal(after[1]?.metadata?.uid, first?.metadata?.uid)
  await at.change(at.image('app:3'))
  await at.run()
  assert.deepEqual(
    (await at.revisions()).map(({ revision }) => revision),
    [3, 4],
  )
})

test('a revision of another state under its name makes for another hash, counted in the status', async () => {
  using at = await daemonStage(['a'])
  await at.create()
  await at.run()
  const name = (await at.revisions())[0]?.metadata?.name ?? ''
  await at.backend.delete({ ...sets, name: 'log' })
  await at.backend.delete({ ...inDefault('controllerrevisions.apps'), name })
  await at.backend.create(inDefault('controllerrevisions.apps'), { metadata: { name }, data: { other: 'state' }, revision: 1 } as ControllerRevision)
  await at.create()
  await at.run()
  await at.clock.advance(1000)
  await at.run()
  const { status } = await at.set()
  assert.deepEqual([status?.collisionCount, status?.updatedNumberScheduled], [1, 1])
})

test('revisions that keep the same become one, with their pods', async () => {
  using at = await daemonStage(['a'])
  await at.create()
  await at.run()
  const [revision] = await at.revisions()
  const labels = { app: 'log', 'controller-revision-hash': 'twin' }
  const { resourceVersion: _, uid: __, ...metadata } = revision?.metadata ?? {}
  await at.backend.create(inDefault('controllerrevisions.apps'), {
    ...revision,
    metadata: { ...metadata, name: 'log-twin', labels },
    revision: 9,
  } as ControllerRevision)
  await at.run()
  assert.deepEqual(
    (await at.revisions()).map(({ metadata: { name } = {} }) => name),
    ['log-twin'],
  )
  assert.equal((await at.podOn('a')).metadata?.labels?.['controller-revision-hash'], 'twin')
})

test('what it selects and nobody has is adopted, and of two on a node the older stays; what loses its labels is let go', async () => {
  using at = await daemonStage(['a'])
  await at.backend.create(pods, aPod('left', { labels: { app: 'log' }, nodeName: 'a' }))
  await at.clock.advance(5000)
  await at.create({ updateStrategy: { type: 'OnDelete' } })
  await at.run()
  const left = await at.podOn('a')
  assert.deepEqual([left.metadata?.name, left.metadata?.ownerReferences?.[0]?.kind], ['left', 'DaemonSet'])
  await at.backend.create(pods, aPod('right', { labels: { app: 'log' }, nodeName: 'a' }))
  await at.run()
  assert.deepEqual(
    (await at.activePods()).map(({ metadata }) => metadata?.name),
    ['left'],
  )
  await at.backend.patch({ ...pods, name: 'left' }, 'application/merge-patch+json', { metadata: { labels: { app: 'mine' } } })
  await at.run()
  assert.equal((await at.get<Pod>('pods', 'left')).metadata?.ownerReferences, undefined)
  assert.equal((await at.activePods()).length, 2)
})

test('a pod that cannot be made is told of, tried again later, and counted as missing', async () => {
  const pod = { group: '', resource: 'pods', kind: 'Pod' }
  let full = true
  const quota: Admission = ({ definition, operation, object }) => {
    if (full && definition.resource === 'pods' && operation === 'CREATE') throw forbiddenBy(pod, object?.metadata?.name ?? '', 'exceeded quota: q')
  }
  using at = await daemonStage(['a', 'b', 'c'], [quota])
  await at.create()
  await at.settle()
  const messages = await at.messages('FailedCreate')
  assert.match(messages[0] ?? '', /^Error creating: pods "log-\w+" is forbidden: exceeded quota: q$/)
  const { status } = await at.set()
  assert.deepEqual([status?.desiredNumberScheduled, status?.currentNumberScheduled, status?.numberUnavailable], [3, 0, 3])
  full = false
  await at.clock.advance(10_000)
  await at.run()
  assert.deepEqual(await at.placed(), ['a app:1', 'b app:1', 'c app:1'])
})

test('a set that is going is left alone', async () => {
  using at = await daemonStage(['a'])
  await at.create()
  await at.run()
  await at.backend.delete({ ...sets, name: 'log' }, { propagationPolicy: 'Foreground' })
  await at.addNode('b')
  await at.settle()
  assert.deepEqual(await at.placed(), ['a app:1'])
})

test('what `kubectl rollout undo` sends, the data of a revision, brings its template back', async () => {
  using at = await daemonStage(['a', 'b'])
  await at.create()
  await at.run()
  await at.change({ template: { spec: { containers: [{ name: 'app', image: 'app:2', env: [{ name: 'NEW', value: 'yes' }] }], hostNetwork: true } } })
  await at.run()
  const [first] = await at.revisions()
  await at.backend.patch({ ...sets, name: 'log' }, 'application/strategic-merge-patch+json', first?.data)
  await at.run()
  assert.deepEqual(await at.placed(), ['a app:1', 'b app:1'])
  const { containers, hostNetwork } = (await at.set()).spec?.template?.spec ?? {}
  assert.deepEqual([hostNetwork, containers?.[0]?.env], [undefined, undefined], 'nothing of the other template is left')
  assert.deepEqual(
    (await at.revisions()).map(({ revision }) => revision),
    [2, 3],
  )
})

test('a set that left its pods and its history behind takes both in again, and restarts nothing', async () => {
  using at = await daemonStage(['a', 'b'])
  await at.create()
  await at.run()
  const before = await at.activePods()
  await at.backend.delete({ ...sets, name: 'log' })
  const orphaned = { metadata: { ownerReferences: null } }
  for (const { metadata } of before) await at.backend.patch({ ...pods, name: metadata?.name ?? '' }, 'application/merge-patch+json', orphaned)
  for (const { metadata } of await at.revisions())
    await at.backend.patch({ ...inDefault('controllerrevisions.apps'), name: metadata?.name ?? '' }, 'application/merge-patch+json', orphaned)
  await at.create()
  await at.run()
  const uids = (all: readonly Pod[]) => all.map(({ metadata }) => metadata?.uid)
  assert.deepEqual(uids(await at.activePods()), uids(before))
  assert.equal((await at.revisions()).length, 1)
  assert.equal((await at.set()).status?.updatedNumberScheduled, 2)
})
