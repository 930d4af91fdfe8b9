import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Eviction } from '../../../actors/node/eviction/eviction.ts'
import { type EvictionMessage, nodeAddresses, type RecordEvent, type ResourcesMessage } from '../../../actors/node/messages.ts'
import { PodTable } from '../../../actors/node/pod-table.ts'
import { type PodUse, ResourceTable } from '../../../actors/node/resources.ts'
import { type PodMessage, podAddress } from '../../../actors/pod/messages.ts'
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

async function stage(t: TestContext, pods: readonly Pod[]) {
  const uids = pods.map(({ metadata }) => podUid(metadata?.uid ?? ''))
  const node = await nodeStage(t, [nodeAddresses.eventRecorder, nodeAddresses.resources, ...uids.map(podAddress)])
  const table = new PodTable()
  const resources = new ResourceTable()
  for (const pod of pods) table.set(podUid(pod.metadata?.uid ?? ''), pod)
  const actor = node.system.spawnLocal(nodeAddresses.eviction, (context) => new Eviction(context, { pods: table, resources, localStorage: true }))
  const tell = async (message: EvictionMessage) => {
    node.system.send(nodeAddresses.eviction, message)
    await node.after(0)
  }
  return {
    ...node,
    actor,
    table,
    tell,
    /** The next reading: what each pod has in its volume. */
    sampled: async (bytes: Readonly<Record<string, number>>) => {
      for (const [uid, each] of Object.entries(bytes)) {
        const volumes = [{ name: 'x', use: { bytes: each, inodes: 1, at: 0 } }]
        const use: PodUse = { pod: { uid: podUid(uid), name: uid, namespace: 'default' }, containers: [], network: [], at: 0, volumes }
        resources.pods.set(podUid(uid), use)
      }
      await tell({ type: 'ResourcesSampled' })
    },
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
  assert.deepEqual(node.evictions('fat'), [{ type: 'Evict', reason: 'Evicted', message, graceSeconds: 1, disruption: false, reclaim: true }])
  assert.deepEqual(node.evictions('thin'), [])
  assert.deepEqual(node.events(), ['fat Warning Evicted'])
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
  for (const uid of ['one', 'two']) node.table.set(podUid(uid), { ...limited(uid), status: { phase: 'Failed' } })
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
