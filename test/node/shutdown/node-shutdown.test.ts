import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type NodeShutdownMessage, nodeAddresses, type RecordEvent } from '../../../actors/node/messages.ts'
import { NodeEvents } from '../../../actors/node/node-events.ts'
import { NodeView } from '../../../actors/node/node-view.ts'
import { NodeShutdown } from '../../../actors/node/shutdown/node-shutdown.ts'
import { type PodMessage, podAddress } from '../../../actors/pod/messages.ts'
import { podUid } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'
import { nodeStage } from '../../support/node-stage.ts'

const pod = (uid: string, priority = 0, phase = 'Running'): Pod =>
  aPod().withMetadata({ name: uid, uid }).with({ priority, terminationGracePeriodSeconds: 60 }).withStatus({ phase }).build()
const groups = [
  { priority: 0, graceSeconds: 20 },
  { priority: 100, graceSeconds: 10 },
]

async function stage(t: TestContext, pods: readonly Pod[]) {
  const addresses = pods.map(({ metadata }) => podAddress(podUid(metadata?.uid ?? '')))
  const node = await nodeStage(t, [nodeAddresses.eventRecorder, ...addresses])
  const nodeView = new NodeView([])
  let finished = 0
  let actor: NodeShutdown | undefined
  node.system.spawnLocal(nodeAddresses.shutdown, (context) => {
    const nodeEvents = new NodeEvents('n1', (to, message) => context.send(to, message))
    const done = () => {
      finished += 1
    }
    actor = new NodeShutdown(context, { groups, pods: { all: () => pods }, nodeView, nodeEvents, finished: done })
    return actor
  })
  return {
    ...node,
    nodeView,
    tell: async (message: NodeShutdownMessage) => {
      node.system.send(nodeAddresses.shutdown, message)
      await node.after(0)
    },
    told: (uid: string) => node.told<Extract<PodMessage, { type: 'Evict' }>>(podAddress(podUid(uid)), 'Evict'),
    events: () => node.told<RecordEvent>(nodeAddresses.eventRecorder, 'RecordEvent').map(({ reason, message }) => `${reason}: ${message}`),
    finished: () => finished,
    active: () => actor?.active,
  }
}

test('a machine that shuts down makes the node not ready, and its pods end by priority, each group when the one before has gone', async (t) => {
  const node = await stage(t, [pod('a'), pod('b'), pod('vital', 100), pod('done', 0, 'Succeeded')])
  await node.tell({ type: 'ShutdownComing' })
  assert.deepEqual([node.nodeView.problems, node.active()], [['node is shutting down'], true])
  assert.deepEqual(node.events(), ['Shutdown: Shutdown manager detected shutdown event'])
  const message = 'Pod was terminated in response to imminent node shutdown.'
  const expected = { type: 'Evict', reason: 'Terminated', message, graceSeconds: 20, disruption: true, reclaim: false, informs: nodeAddresses.shutdown }
  assert.deepEqual([node.told('a'), node.told('b'), node.told('vital'), node.told('done')], [[expected], [expected], [], []])
  await node.tell({ type: 'EvictedPodGone', uid: podUid('a') })
  assert.equal(node.told('vital').length, 0)
  await node.tell({ type: 'EvictedPodGone', uid: podUid('b') })
  assert.deepEqual([node.told('vital')[0]?.graceSeconds, node.finished()], [10, 0])
  await node.tell({ type: 'EvictedPodGone', uid: podUid('vital') })
  assert.equal(node.finished(), 1)
})

test('a group that does not end is left behind when its time is over', async (t) => {
  const node = await stage(t, [pod('stuck'), pod('vital', 100)])
  await node.tell({ type: 'ShutdownComing' })
  await node.after(19_999)
  assert.equal(node.told('vital').length, 0)
  await node.after(1)
  assert.equal(node.told('vital').length, 1)
  await node.after(10_000)
  assert.equal(node.finished(), 1)
})

test('a node without pods may go down at once', async (t) => {
  const node = await stage(t, [])
  await node.tell({ type: 'ShutdownComing' })
  assert.equal(node.finished(), 1)
})

test('a shutdown that is called off leaves the pods of later groups alone, and the node is ready again', async (t) => {
  const node = await stage(t, [pod('a'), pod('vital', 100)])
  await node.tell({ type: 'ShutdownComing' })
  await node.tell({ type: 'ShutdownCancelled' })
  await node.after(60_000)
  await node.tell({ type: 'EvictedPodGone', uid: podUid('a') })
  assert.deepEqual([node.told('vital').length, node.nodeView.problems, node.active(), node.finished()], [0, [], false, 0])
  await node.tell({ type: 'ShutdownComing' })
  assert.equal(node.told('a').length, 2, 'the next one begins anew')
})
