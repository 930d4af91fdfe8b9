import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Eviction } from '../../../actors/node/eviction/eviction.ts'
import { NodePressure } from '../../../actors/node/eviction/node-pressure.ts'
import { observe } from '../../../actors/node/eviction/signals.ts'
import { type EvictionMessage, nodeAddresses, type RecordEvent, type ResourcesMessage } from '../../../actors/node/messages.ts'
import { NodeEvents } from '../../../actors/node/node-events.ts'
import { PodTable } from '../../../actors/node/pod-table.ts'
import type { ResourceSample } from '../../../actors/node/resource-reader.ts'
import { type PodUse, ResourceTable } from '../../../actors/node/resources.ts'
import { type PodMessage, podAddress } from '../../../actors/pod/messages.ts'
import type { EvictionThreshold } from '../../../src/config/eviction.ts'
import { podUid } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'
import { nodeStage } from '../../support/node-stage.ts'

const limited = (uid: string, metadata: Pod['metadata'] = {}) =>
  aPod()
    .withMetadata({ name: uid, uid, ...metadata })
    .withContainer({ name: 'c' })
    .with({ volumes: [{ name: 'x', emptyDir: { sizeLimit: '1Mi' } }] })
    .build()

interface StageOptions {
  readonly thresholds?: readonly EvictionThreshold[]
  readonly maxPodGraceSeconds?: number
  readonly removeUnusedImages?: () => Promise<void>
  readonly localStorage?: boolean
}

/** A node of which only the memory and the node's file system matter: `available` bytes of 1000 each. */
const sampleOf = (memory: number, nodefs = 1000): ResourceSample => {
  const filesystem = { capacityBytes: 1000, availableBytes: nodefs, usedBytes: 0, inodes: 0, inodesFree: 0, inodesUsed: 0 }
  return { memoryAvailableBytes: memory, nodefs: filesystem, processes: 1, maxProcesses: 1000 } as unknown as ResourceSample
}

async function stage(
  t: TestContext,
  pods: readonly Pod[],
  { thresholds = [], maxPodGraceSeconds = 0, removeUnusedImages, localStorage = true }: StageOptions = {},
) {
  const uids = pods.map(({ metadata }) => podUid(metadata?.uid ?? ''))
  const node = await nodeStage(t, [nodeAddresses.eventRecorder, nodeAddresses.resources, ...uids.map(podAddress)])
  const table = new PodTable()
  const resources = new ResourceTable()
  for (const pod of pods) table.set(podUid(pod.metadata?.uid ?? ''), pod)
  let after = sampleOf(1000)
  const reader = { sample: async () => after }
  const pressure = new NodePressure({ thresholds, holdMs: 300_000, changed: () => {} })
  node.system.spawnLocal(nodeAddresses.eviction, (context) => {
    const nodeEvents = new NodeEvents('n1', (to, message) => context.send(to, message))
    const observed = (sample: ResourceSample) => observe(sample, 1000)
    return new Eviction(context, {
      pods: table,
      resources,
      reader,
      pressure,
      observe: observed,
      nodeEvents,
      maxPodGraceSeconds,
      localStorage,
      removeUnusedImages,
    })
  })
  const tell = async (message: EvictionMessage) => {
    node.system.send(nodeAddresses.eviction, message)
    await node.after(0)
  }
  return {
    ...node,
    pressure,
    table,
    tell,
    /** The next reading: what each pod has in its volume. */
    sampled: async (bytes: Readonly<Record<string, number>>, sample = sampleOf(1000)) => {
      for (const [uid, each] of Object.entries(bytes)) {
        const volumes = [{ name: 'x', use: { bytes: each, inodes: 1, at: 0 } }]
        const use: PodUse = { pod: { uid: podUid(uid), name: uid, namespace: 'default' }, containers: [], network: [], at: 0, volumes }
        resources.pods.set(podUid(uid), use)
      }
      resources.node = sample
      await tell({ type: 'ResourcesSampled' })
    },
    leavesAfterReclaim: (sample: ResourceSample) => {
      after = sample
    },
    ended: (uid: string) => table.set(podUid(uid), { ...limited(uid), status: { phase: 'Failed' } }),
    evictions: (uid: string) => node.told<Extract<PodMessage, { type: 'Evict' }>>(podAddress(podUid(uid)), 'Evict'),
    events: () =>
      node.told<RecordEvent>(nodeAddresses.eventRecorder, 'RecordEvent').map(({ object, eventType, reason }) => `${object.name} ${eventType} ${reason}`),
    samplesAsked: () => node.told<ResourcesMessage>(nodeAddresses.resources, 'Sample').length,
  }
}

test('a pod over its limit is evicted at once, with an event, and no disruption is told of what it did itself', async (t) => {
  const node = await stage(t, [limited('fat'), limited('thin')])
  await node.sampled({ fat: 2 ** 21, thin: 5 })
  const message = 'Usage of EmptyDir volume "x" exceeds the limit "1Mi". '
  assert.deepEqual(node.evictions('fat'), [
    { type: 'Evict', reason: 'Evicted', message, graceSeconds: 1, disruption: false, reclaim: true, informs: nodeAddresses.eviction },
  ])
  assert.deepEqual(node.evictions('thin'), [])
  assert.deepEqual(node.events(), ['fat Warning Evicted'])
})

test('where the node does not keep pods to their limits of the disk, nobody goes for it', async (t) => {
  const node = await stage(t, [limited('fat')], { localStorage: false })
  await node.sampled({ fat: 2 ** 21 })
  assert.deepEqual(node.evictions('fat'), [])
})

test('every pod over its limit goes in the same round', async (t) => {
  const node = await stage(t, [limited('one'), limited('two')])
  await node.sampled({ one: 2 ** 21, two: 2 ** 21 })
  assert.deepEqual([node.evictions('one').length, node.evictions('two').length], [1, 1])
})

test('after an eviction the next round waits until the pods are gone, and looks at fresh readings then', async (t) => {
  const node = await stage(t, [limited('one'), limited('two'), limited('late')])
  await node.sampled({ one: 2 ** 21, two: 2 ** 21 })
  await node.sampled({ late: 2 ** 21 })
  await node.tell({ type: 'EvictedPodGone', uid: podUid('one') })
  assert.deepEqual([node.evictions('one').length, node.evictions('late').length, node.samplesAsked()], [1, 0, 0])
  await node.tell({ type: 'EvictedPodGone', uid: podUid('two') })
  assert.equal(node.samplesAsked(), 1)
  node.ended('one')
  node.ended('two')
  await node.sampled({})
  assert.deepEqual([node.evictions('one').length, node.evictions('late').length], [1, 1])
})

test('a pod that does not go holds the others up for so long and no longer, and is told again', async (t) => {
  const node = await stage(t, [limited('stuck'), limited('late')])
  await node.sampled({ stuck: 2 ** 21 })
  await node.after(39_999)
  await node.sampled({ late: 2 ** 21 })
  assert.equal(node.evictions('late').length, 0)
  await node.after(1)
  assert.equal(node.samplesAsked(), 1)
  await node.sampled({})
  assert.deepEqual([node.evictions('stuck').length, node.evictions('late').length], [2, 1])
})

test('static and critical pods, and pods that have ended, are never evicted', async (t) => {
  const fixed = limited('static', { annotations: { 'kubernetes.io/config.source': 'file' } })
  const vital: Pod = { ...limited('vital'), spec: { ...limited('vital').spec, containers: [], priority: 2_000_001_000 } }
  const ended: Pod = { ...limited('ended'), status: { phase: 'Succeeded' } }
  const node = await stage(t, [fixed, vital, ended])
  await node.sampled({ static: 2 ** 21, vital: 2 ** 21, ended: 2 ** 21 })
  assert.deepEqual(node.events(), [])
  for (const uid of ['static', 'vital', 'ended']) assert.deepEqual(node.evictions(uid), [], uid)
})

const memory: EvictionThreshold = { signal: 'memory.available', amount: { quantity: 100, text: '100' }, graceMs: 0 }
const nodefs: EvictionThreshold = { signal: 'nodefs.available', amount: { share: 0.1 }, graceMs: 0 }

test('a node short of memory evicts one pod a round, says so, and tells of its disruption', async (t) => {
  const node = await stage(t, [limited('one', { annotations: {} }), limited('two')], { thresholds: [memory] })
  await node.sampled({ one: 0, two: 0 }, sampleOf(50))
  const message = 'The node was low on resource: memory. Threshold quantity: 100, available: 50. '
  assert.deepEqual(node.evictions('one'), [
    { type: 'Evict', reason: 'Evicted', message, graceSeconds: 1, disruption: true, reclaim: true, informs: nodeAddresses.eviction },
  ])
  assert.deepEqual(node.events(), ['n1 Warning EvictionThresholdMet', 'one Warning Evicted'])
  const [met, evicted] = node.told<RecordEvent>(nodeAddresses.eventRecorder, 'RecordEvent')
  assert.equal(met?.message, 'Attempting to reclaim memory')
  assert.deepEqual(evicted?.annotations, { offending_containers: '', offending_containers_usage: '', starved_resource: 'memory' })
  assert.ok(node.pressure.holds('MemoryPressure', node.clock.monotonic()))
})

test('the next pod goes only when the first is gone and the node is still short by a newer reading', async (t) => {
  const node = await stage(t, [limited('one'), limited('two')], { thresholds: [memory] })
  const short = sampleOf(50)
  await node.sampled({ one: 0, two: 0 }, short)
  await node.sampled({}, sampleOf(40))
  assert.equal(node.evictions('two').length, 0, 'the first is waited for')
  await node.tell({ type: 'EvictedPodGone', uid: podUid('one') })
  await node.sampled({}, sampleOf(60))
  assert.deepEqual(
    [node.evictions('one').length, node.evictions('two').length],
    [1, 1],
    'the first is not told again, though the API server has not seen its end',
  )
})

test('one reading is acted upon once', async (t) => {
  const node = await stage(t, [limited('one'), limited('two')], { thresholds: [memory] })
  const short = sampleOf(50)
  await node.sampled({ one: 0, two: 0 }, short)
  await node.tell({ type: 'EvictedPodGone', uid: podUid('one') })
  await node.sampled({}, short)
  assert.equal(node.evictions('two').length, 0)
})

test('pods over their own limits go first; then the node is looked at again', async (t) => {
  const node = await stage(t, [limited('fat'), limited('two')], { thresholds: [memory] })
  await node.sampled({ fat: 2 ** 21, two: 0 }, sampleOf(50))
  assert.deepEqual([node.evictions('fat').length, node.evictions('two').length], [1, 0])
  assert.deepEqual(node.events(), ['fat Warning Evicted'])
})

test('a soft threshold waits for its grace, and gives pods theirs up to the most that is allowed', async (t) => {
  const soft: EvictionThreshold = { ...memory, graceMs: 60_000 }
  const patient = { ...limited('patient'), spec: { ...limited('patient').spec, containers: [], terminationGracePeriodSeconds: 20 } }
  const slow = { ...limited('slow'), spec: { ...limited('slow').spec, containers: [], terminationGracePeriodSeconds: 600 } }
  const node = await stage(t, [patient, slow], { thresholds: [soft], maxPodGraceSeconds: 120 })
  await node.sampled({ patient: 0, slow: 0 }, sampleOf(50))
  await node.after(59_999)
  await node.sampled({}, sampleOf(50))
  assert.deepEqual(node.events(), [])
  await node.after(1)
  await node.sampled({}, sampleOf(50))
  assert.equal(node.evictions('patient')[0]?.graceSeconds, 20)
  await node.tell({ type: 'EvictedPodGone', uid: podUid('patient') })
  await node.sampled({}, sampleOf(50))
  assert.equal(node.evictions('slow')[0]?.graceSeconds, 120)
  await node.after(120_000 * 1.5 + 29_999)
  assert.equal(node.samplesAsked(), 1, 'a pod that has much time to stop is waited for longer')
})

test('short of disk, what ended pods left and unused images go before any pod', async (t) => {
  const done: string[] = []
  const ended: Pod = { ...limited('done'), status: { phase: 'Succeeded' } }
  const removeUnusedImages = async () => void done.push('images')
  const node = await stage(t, [limited('one'), ended], { thresholds: [nodefs], removeUnusedImages })
  await node.sampled({ one: 0 }, sampleOf(1000, 99))
  assert.equal(node.told<Extract<PodMessage, { type: 'ReclaimEnded' }>>(podAddress(podUid('done')), 'ReclaimEnded')[0]?.informs, nodeAddresses.eviction)
  assert.deepEqual(done, [], 'images wait for the containers that may use them')
  await node.sampled({}, sampleOf(1000, 98))
  await node.tell({ type: 'EvictedPodGone', uid: podUid('done') })
  assert.deepEqual([done, node.evictions('one').length, node.evictions('done').length], [['images'], 0, 0])
  assert.deepEqual(node.events(), ['n1 Warning EvictionThresholdMet'])
  node.leavesAfterReclaim(sampleOf(1000, 99))
  await node.sampled({}, sampleOf(1000, 97))
  assert.deepEqual([done.length, node.evictions('one').length], [2, 1], 'that was not enough this time')
  assert.equal(node.told(podAddress(podUid('done')), 'ReclaimEnded').length, 1, 'nothing more can be had of it')
})

test('a pod whose leavings do not go is waited for 30 s, and images that cannot be removed do not save a pod', async (t) => {
  const ended: Pod = { ...limited('done'), status: { phase: 'Failed' } }
  const removeUnusedImages = async () => Promise.reject(new Error('the engine is away'))
  const node = await stage(t, [limited('one'), ended], { thresholds: [nodefs], removeUnusedImages })
  await node.sampled({ one: 0 }, sampleOf(1000, 99))
  await node.after(29_999)
  assert.equal(node.evictions('one').length, 0)
  await node.after(1)
  assert.equal(node.evictions('one').length, 1)
})

test('short of memory nothing is reclaimed on the node, nor images short of a file system that holds none', async (t) => {
  const removeUnusedImages = async () => assert.fail('there is nothing to be had')
  const node = await stage(t, [limited('one'), limited('two')], { thresholds: [memory, nodefs], removeUnusedImages })
  await node.sampled({ one: 0, two: 0 }, sampleOf(50))
  await node.tell({ type: 'EvictedPodGone', uid: podUid('one') })
  await node.sampled({}, { ...sampleOf(1000, 50), dedicatedImagefs: true })
  assert.deepEqual([node.evictions('one').length, node.evictions('two').length], [1, 1])
})

test('with images alone on a file system of their own, a node that is short of its own removes none and evicts who wrote most to it', async (t) => {
  const removeUnusedImages = async () => assert.fail('there is nothing to be had')
  const node = await stage(t, [limited('one'), limited('two')], { thresholds: [nodefs], removeUnusedImages })
  const { nodefs: containerfs } = sampleOf(1000, 50)
  await node.sampled({ one: 0, two: 0 }, { ...sampleOf(1000, 50), dedicatedImagefs: true, containerfs })
  assert.equal(node.evictions('one').length + node.evictions('two').length, 1)
})

test('a static or critical pod is passed over for the next one', async (t) => {
  const fixed = limited('static', { annotations: { 'kubernetes.io/config.source': 'file' } })
  const node = await stage(t, [fixed, limited('other')], { thresholds: [memory] })
  await node.sampled({ static: 0, other: 0 }, sampleOf(50))
  assert.deepEqual([node.evictions('static').length, node.evictions('other').length], [0, 1])
})

test('short of disk, who wrote is measured anew before one goes: the pod that filled it since the last reading, not the one that was largest then', async (t) => {
  const { system, after, told, clock } = await nodeStage(t, [
    nodeAddresses.eventRecorder,
    nodeAddresses.resources,
    ...['filler', 'innocent'].map((uid) => podAddress(podUid(uid))),
  ])
  const table = new PodTable()
  const resources = new ResourceTable()
  for (const uid of ['filler', 'innocent'])
    table.set(
      podUid(uid),
      aPod()
        .withMetadata({ name: uid, uid })
        .with({ volumes: [{ name: 'x', emptyDir: {} }] })
        .build(),
    )
  const use = (uid: string, bytes: number): PodUse => ({
    pod: { uid: podUid(uid), name: uid, namespace: 'default' },
    containers: [],
    network: [],
    at: 0,
    volumes: [{ name: 'x', use: { bytes, inodes: 1, at: 0 } }],
  })
  resources.pods.set(podUid('filler'), use('filler', 0))
  resources.pods.set(podUid('innocent'), use('innocent', 300))
  resources.node = sampleOf(1000, 50)
  const asked: boolean[] = []
  let late = 0
  const measureNow = async (disks: boolean) => {
    asked.push(disks)
    resources.pods.set(podUid('filler'), use('filler', 650))
    resources.node = sampleOf(1000, late > 0 ? 900 : 50)
  }
  const pressure = new NodePressure({ thresholds: [nodefs], holdMs: 300_000, changed: () => {} })
  system.spawnLocal(nodeAddresses.eviction, (context) => {
    const nodeEvents = new NodeEvents('n1', (to, message) => context.send(to, message))
    const reader = { sample: async () => sampleOf(1000, 50) }
    const observed = (sample: ResourceSample) => observe(sample, 1000)
    return new Eviction(context, {
      pods: table,
      resources,
      reader,
      pressure,
      observe: observed,
      nodeEvents,
      maxPodGraceSeconds: 0,
      localStorage: true,
      measureNow,
    })
  })
  const look = async () => {
    system.send(nodeAddresses.eviction, { type: 'ResourcesSampled' })
    await after(0)
  }
  await look()
  const evicted = (uid: string) => told<Extract<PodMessage, { type: 'Evict' }>>(podAddress(podUid(uid)), 'Evict').length
  assert.deepEqual([asked, evicted('filler'), evicted('innocent')], [[true], 1, 0])
  // Its room comes free before the next look: nobody else has to go.
  late = 1
  const gone: EvictionMessage = { type: 'EvictedPodGone', uid: podUid('filler') }
  system.send(nodeAddresses.eviction, gone)
  resources.node = sampleOf(1000, 60)
  await look()
  assert.deepEqual([asked, evicted('filler'), evicted('innocent')], [[true, true], 1, 0])
  assert.ok(pressure.holds('DiskPressure', clock.monotonic()))
})

test('a measuring that does not end in 30 s is not waited for: the last readings decide', async (t) => {
  const { system, after, told } = await nodeStage(t, [nodeAddresses.eventRecorder, nodeAddresses.resources, podAddress(podUid('p'))])
  const [table, resources] = [new PodTable(), new ResourceTable()]
  table.set(podUid('p'), limited('p'))
  resources.pods.set(podUid('p'), { pod: { uid: podUid('p'), name: 'p', namespace: 'default' }, containers: [], network: [], at: 0, volumes: [] })
  resources.node = sampleOf(50)
  const pressure = new NodePressure({ thresholds: [memory], holdMs: 300_000, changed: () => {} })
  const measureNow = (_: boolean, signal: AbortSignal) => new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  system.spawnLocal(nodeAddresses.eviction, (context) => {
    const nodeEvents = new NodeEvents('n1', (to, message) => context.send(to, message))
    const reader = { sample: async () => sampleOf(50) }
    const observed = (sample: ResourceSample) => observe(sample, 1000)
    return new Eviction(context, {
      pods: table,
      resources,
      reader,
      pressure,
      observe: observed,
      nodeEvents,
      maxPodGraceSeconds: 0,
      localStorage: true,
      measureNow,
    })
  })
  system.send(nodeAddresses.eviction, { type: 'ResourcesSampled' })
  await after(29_999)
  assert.equal(told(podAddress(podUid('p')), 'Evict').length, 0)
  await after(1)
  assert.equal(told(podAddress(podUid('p')), 'Evict').length, 1)
})
