import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ControllerRevision, Pod } from '../../../../src/kube/objects.ts'
import { aPod, pods } from '../../harness.ts'
import { inDefault } from '../workload-stage.ts'
import { setStage, sets } from './set-stage.ts'

test('pods come one after the other, each with its name, its labels and its place in the service', async () => {
  using at = await setStage()
  await at.create(3)
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0'], 'the next one waits until this one is ready')
  await at.ready(await at.named('web-0'))
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0', 'web-1'])
  await at.run()
  const pod = await at.named('web-2')
  const { status } = await at.set()
  const labels = {
    app: 'web',
    'apps.kubernetes.io/pod-index': '2',
    'controller-revision-hash': status?.updateRevision,
    'statefulset.kubernetes.io/pod-name': 'web-2',
  }
  assert.deepEqual(pod.metadata?.labels, labels)
  assert.deepEqual([pod.spec?.hostname, pod.spec?.subdomain], ['web-2', 'web'])
  const numbers = { replicas: 3, readyReplicas: 3, availableReplicas: 3, currentReplicas: 3, updatedReplicas: 3, collisionCount: 0, observedGeneration: 1 }
  assert.deepEqual({ ...status }, { ...numbers, currentRevision: status?.updateRevision, updateRevision: status?.updateRevision })
  assert.deepEqual(
    (await at.messages('SuccessfulCreate')).toSorted(),
    [0, 1, 2].map((ordinal) => `create Pod web-${ordinal} in StatefulSet web successful`),
  )
})

test('fewer replicas go from the last one on, each when the one after it is gone', async () => {
  using at = await setStage()
  await at.create(3)
  await at.run()
  const path = { ...pods, name: 'web-2' }
  await at.backend.patch(path, 'application/merge-patch+json', { metadata: { finalizers: ['example.com/slow'] } })
  await at.change({ replicas: 1 })
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0', 'web-1'], 'web-2 is going, web-1 waits for it')
  await at.backend.patch(path, 'application/merge-patch+json', { metadata: { finalizers: null } })
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0'])
  assert.deepEqual((await at.messages('SuccessfulDelete')).toSorted(), [
    'delete Pod web-1 in StatefulSet web successful',
    'delete Pod web-2 in StatefulSet web successful',
  ])
})

test('in parallel all come and go at once', async () => {
  using at = await setStage()
  await at.create(4, { podManagementPolicy: 'Parallel' })
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0', 'web-1', 'web-2', 'web-3'])
  await at.change({ replicas: 1 })
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0'])
})

test('ordinals begin where they are said to', async () => {
  using at = await setStage()
  await at.create(2, { ordinals: { start: 5 } })
  await at.run()
  assert.deepEqual(await at.names(), ['web-5', 'web-6'])
  await at.change({ ordinals: { start: 6 } })
  await at.run()
  assert.deepEqual(await at.names(), ['web-6', 'web-7'])
})

test('a pod that failed or was evicted, or ended well, is made anew under its name', async () => {
  using at = await setStage()
  await at.create(2)
  await at.run()
  for (const [name, status] of [
    ['web-0', { phase: 'Failed', reason: 'Evicted' }],
    ['web-1', { phase: 'Succeeded' }],
  ] as const) {
    const before = await at.named(name)
    await at.say(before, { ...status, conditions: [] })
    await at.run()
    const after = await at.named(name)
    assert.notEqual(after.metadata?.uid, before.metadata?.uid)
    assert.equal(after.status?.phase, 'Running')
  }
})

test('a pod that is refused again and again is made anew later each time, and at once again when the set is changed', async () => {
  using at = await setStage()
  await at.create(1)
  await at.settle()
  let made = 0
  at.backend.observe('pods', ({ object, previous, gone }) => {
    if (previous || gone) return
    made++
    void Promise.resolve().then(() => at.say(object as Pod, { phase: 'Failed', reason: 'OutOfcpu' }))
  })
  await at.clock.advance(1000)
  await at.settle()
  assert.ok(made < 12, `${made} in a second`)
  for (let hour = 0; hour < 24; hour++) await at.clock.advance(3600_000)
  assert.ok(made < 400, `${made} in a day`)
  const before = made
  await at.change(at.image('app:2'))
  await at.settle()
  assert.ok(made > before)
})

test('a rollout goes from the last to the first, one at a time, and is complete when all are', async () => {
  using at = await setStage()
  await at.create(3)
  await at.run()
  const before = (await at.set()).status?.currentRevision
  await at.change(at.image('app:2'))
  await at.settle()
  assert.deepEqual(await at.images(), { 'web-0': 'app:1', 'web-1': 'app:1', 'web-2': 'app:2' })
  const { status } = await at.set()
  assert.equal(status?.currentRevision, before)
  assert.deepEqual([status?.currentReplicas, status?.updatedReplicas, status?.readyReplicas], [2, 1, 2])
  await at.ready(await at.named('web-2'))
  await at.settle()
  assert.deepEqual(await at.images(), { 'web-0': 'app:1', 'web-1': 'app:2', 'web-2': 'app:2' })
  await at.run()
  const after = (await at.set()).status
  assert.deepEqual([after?.currentRevision, after?.currentReplicas], [after?.updateRevision, 3])
  assert.notEqual(after?.currentRevision, before)
})

test('below the partition all stay of the revision before, also those that are made anew', async () => {
  using at = await setStage()
  await at.create(3, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } })
  await at.run()
  await at.change(at.image('app:2'))
  await at.run()
  const half = { 'web-0': 'app:1', 'web-1': 'app:1', 'web-2': 'app:2' }
  assert.deepEqual(await at.images(), half)
  await at.remove('web-1')
  await at.run()
  assert.deepEqual(await at.images(), half)
  const { status } = await at.set()
  assert.deepEqual([status?.currentReplicas, status?.updatedReplicas], [2, 1])
  await at.change({ updateStrategy: { rollingUpdate: { partition: 0 } } })
  await at.run()
  assert.deepEqual(await at.images(), { 'web-0': 'app:2', 'web-1': 'app:2', 'web-2': 'app:2' })
})

test('with maxUnavailable that many are replaced at a time; a percentage is rounded down, and is 1 at least', async () => {
  using at = await setStage()
  await at.create(5, { podManagementPolicy: 'Parallel', updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } })
  await at.run()
  await at.change(at.image('app:2'))
  await at.settle()
  const updated = async () => Object.values(await at.images()).filter((image) => image === 'app:2').length
  assert.equal(await updated(), 2)
  await at.ready(await at.named('web-4'))
  await at.settle()
  assert.equal(await updated(), 3)
  await at.run()
  await at.change({ updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } }, ...at.image('app:3') })
  await at.settle()
  assert.equal(Object.values(await at.images()).filter((image) => image === 'app:3').length, 1)
})

test('on deletion alone pods are replaced when somebody deletes them', async () => {
  using at = await setStage()
  await at.create(2, { updateStrategy: { type: 'OnDelete' } })
  await at.run()
  await at.change(at.image('app:2'))
  await at.run()
  assert.deepEqual(await at.images(), { 'web-0': 'app:1', 'web-1': 'app:1' })
  await at.remove('web-0')
  await at.run()
  assert.deepEqual(await at.images(), { 'web-0': 'app:2', 'web-1': 'app:1' })
})

test('in order a rollout that broke waits for somebody to delete its pod, though the template is well again; in parallel it does not', async () => {
  for (const [podManagementPolicy, rollingUpdate, stays] of [
    ['OrderedReady', {}, true],
    ['Parallel', {}, false],
    ['Parallel', { maxUnavailable: 1 }, false],
  ] as const) {
    using at = await setStage()
    await at.create(2, { podManagementPolicy, updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
    await at.run()
    await at.change(at.image('app:broken'))
    await at.run()
    await at.change(at.image('app:1'))
    await at.run()
    assert.equal((await at.images())['web-1'], stays ? 'app:broken' : 'app:1', `${podManagementPolicy} ${JSON.stringify(rollingUpdate)}`)
    if (!stays) continue
    await at.remove('web-1')
    await at.run()
    assert.deepEqual(await at.images(), { 'web-0': 'app:1', 'web-1': 'app:1' })
  }
})

test('a pod is available, and the next one made, when it has been ready for long enough by the clock', async () => {
  using at = await setStage()
  await at.create(2, { minReadySeconds: 30 })
  await at.run()
  assert.deepEqual(await at.names(), ['web-0'])
  assert.deepEqual([(await at.set()).status?.readyReplicas, (await at.set()).status?.availableReplicas], [1, 0])
  await at.clock.advance(29_000)
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0'])
  await at.clock.advance(1000)
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0', 'web-1'])
  assert.equal((await at.set()).status?.availableReplicas, 1)
})

test('a revision is named as upstream names it, numbered, and keeps the template and the annotations', async () => {
  using at = await setStage()
  const spec = { serviceName: '', selector: { matchLabels: { app: 'foo' } }, ...templateOf('test') }
  await at.backend.create(sets, { metadata: { name: 'test', annotations: { 'kubernetes.io/change-cause': 'the first' } }, spec } as never)
  await at.settle()
  const [revision] = await at.revisions()
  // The name that kube-controller-manager 1.34 gave to this very template.
  assert.equal(revision?.metadata?.name, 'test-776999688b')
  assert.deepEqual(revision?.metadata?.labels, { app: 'foo', 'controller.kubernetes.io/hash': '776999688b' })
  assert.equal(revision?.metadata?.annotations?.['kubernetes.io/change-cause'], 'the first')
  assert.equal(revision?.revision, 1)
  assert.equal(revision?.metadata?.ownerReferences?.[0]?.kind, 'StatefulSet')
  const data = revision?.data as { readonly spec?: { readonly template?: { readonly $patch?: string } } } | undefined
  assert.equal(data?.spec?.template?.$patch, 'replace')
})

const templateOf = (image: string) => ({
  template: {
    metadata: { annotations: { test: 'value' }, labels: { app: 'foo' } },
    spec: { containers: [{ name: 'test', image, imagePullPolicy: 'Always' }] },
  },
})

test('a template that comes back is the same revision under the next number, and the history is as long as its limit', async () => {
  using at = await setStage()
  await at.create(1, { revisionHistoryLimit: 2 })
  await at.run()
  const [first] = await at.revisions()
  for (const version of [2, 3, 4, 1]) {
    await at.change(at.image(`app:${version}`))
    await at.run()
    if (version === 2) assert.equal((await at.revisions()).length, 2)
  }
  const kept = await at.revisions()
  assert.deepEqual(
    kept.map(({ revision }) => revision),
    [3, 4, 5],
    'two that are used no more, and the present one',
  )
  assert.equal(kept.at(-1)?.metadata?.name, first?.metadata?.name, 'made anew from the same template, it has the same name')
  await at.change(at.image('app:4'))
  await at.run()
  assert.deepEqual(
    (await at.revisions()).map(({ revision }) => revision),
    [3, 5, 6],
  )
})

test('a revision of another state under its name makes for another hash, counted in the status', async () => {
  using at = await setStage()
  await at.create(1)
  await at.run()
  const [first] = await at.revisions()
  const name = first?.metadata?.name ?? ''
  await at.backend.delete({ ...sets, name: 'web' })
  await at.backend.delete({ ...inDefault('controllerrevisions.apps'), name })
  await at.backend.delete({ ...pods, name: 'web-0' })
  await at.backend.create(inDefault('controllerrevisions.apps'), { metadata: { name }, data: { other: 'state' }, revision: 1 } as ControllerRevision)
  await at.create(1)
  await at.run()
  const { status } = await at.set()
  assert.equal(status?.collisionCount, 1)
  assert.notEqual(status?.currentRevision, name)
  assert.equal(status?.readyReplicas, 1)
})

test('what is its own by name and labels and nobody has is adopted; what loses its labels is let go', async () => {
  using at = await setStage()
  await at.backend.create(pods, aPod('web-0', { labels: { app: 'web' } }))
  await at.backend.create(pods, aPod('other-1', { labels: { app: 'web' } }))
  await at.create(2)
  await at.run()
  const adopted = await at.named('web-0')
  assert.equal(adopted.metadata?.ownerReferences?.[0]?.name, 'web')
  assert.equal(adopted.metadata?.labels?.['statefulset.kubernetes.io/pod-name'], 'web-0', 'it gets the labels of its place')
  assert.equal((await at.named('other-1')).metadata?.ownerReferences, undefined)
  const before = await at.named('web-1')
  await at.backend.patch({ ...pods, name: 'web-1' }, 'application/merge-patch+json', { metadata: { labels: { app: 'mine' } } })
  await at.settle()
  const released = await at.named('web-1')
  assert.deepEqual([released.metadata?.uid, released.metadata?.ownerReferences], [before.metadata?.uid, undefined])
})

test('a pod that cannot be made is told of, and nothing after it is made', async () => {
  using at = await setStage()
  await at.create(2, {
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 70000 }] }] } },
  })
  await at.settle()
  assert.deepEqual(await at.names(), [])
  const [message] = await at.messages('FailedCreate')
  assert.match(message ?? '', /^create Pod web-0 in StatefulSet web failed error: Pod "web-0" is invalid: spec\.containers\[0\]\.ports\[0\]\.containerPort: /)
})

test('a set that is going makes and removes nothing', async () => {
  using at = await setStage()
  await at.create(2)
  await at.settle()
  await at.backend.delete({ ...sets, name: 'web' }, { propagationPolicy: 'Foreground' })
  await at.ready((await at.list<Pod>('pods'))[0] as Pod)
  await at.settle()
  assert.deepEqual(await at.names(), ['web-0'])
})

test('what `kubectl rollout undo` sends, the data of a revision, brings its template back, and `restart` makes another', async () => {
  using at = await setStage()
  await at.create(2)
  await at.run()
  await at.change(at.image('app:2'))
  await at.run()
  const [first] = await at.revisions()
  await at.backend.patch({ ...sets, name: 'web' }, 'application/strategic-merge-patch+json', first?.data)
  await at.run()
  assert.deepEqual(await at.images(), { 'web-0': 'app:1', 'web-1': 'app:1' })
  assert.deepEqual(
    (await at.revisions()).map(({ revision }) => revision),
    [2, 3],
  )
  await at.change({ template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } } } })
  await at.run()
  assert.equal((await at.named('web-0')).metadata?.annotations?.['kubectl.kubernetes.io/restartedAt'], '2026-01-01T00:00:00Z')
  assert.equal((await at.revisions()).length, 3)
})

test('a set that left its pods and its history behind takes both in again, and restarts nothing', async () => {
  using at = await setStage()
  await at.create(2)
  await at.run()
  const before = await at.list<Pod>('pods')
  // As the garbage collector leaves them when the set is deleted with --cascade=orphan.
  await at.backend.delete({ ...sets, name: 'web' })
  const orphaned = { metadata: { ownerReferences: null } }
  for (const { metadata } of before) await at.backend.patch({ ...pods, name: metadata?.name ?? '' }, 'application/merge-patch+json', orphaned)
  for (const { metadata } of await at.revisions())
    await at.backend.patch({ ...inDefault('controllerrevisions.apps'), name: metadata?.name ?? '' }, 'application/merge-patch+json', orphaned)
  await at.create(2)
  await at.run()
  const uids = (all: readonly Pod[]) => all.map(({ metadata }) => metadata?.uid)
  assert.deepEqual(uids(await at.list<Pod>('pods')), uids(before))
  const [revision, ...more] = await at.revisions()
  const { metadata, status } = await at.set()
  assert.deepEqual([revision?.revision, more.length, revision?.metadata?.ownerReferences?.[0]?.uid], [1, 0, metadata?.uid])
  assert.equal(status?.updatedReplicas, 2)
})
