import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PodGarbageCollector } from '../../../../src/controlplane/controllers/pod-garbage-collector/controller.ts'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { aPod, pod, pods } from '../../harness.ts'
import { workloadStage } from '../workload-stage.ts'

const node = (name: string) => ({ resource: 'nodes', name })
const merge = 'application/merge-patch+json'

async function stage(threshold = 12_500) {
  const made = await workloadStage((options) => new PodGarbageCollector({ ...options, threshold }))
  const { backend, clock } = made
  const add = async (name: string, nodeName?: string, more: { finalizers?: string[]; phase?: string } = {}) => {
    await backend.create(pods, aPod(name, { ...(nodeName && { nodeName }), ...(more.finalizers && { finalizers: more.finalizers }) }))
    await made.say((await backend.get(pod(name))) as Pod, { phase: more.phase ?? 'Running' })
  }
  const names = async () => (await backend.list(pods)).items.map(({ metadata }) => metadata?.name)
  const pass = async (seconds: number) => {
    await clock.advance(seconds * 1000)
    await made.settle()
  }
  return { ...made, add, names, pass, addNode: (name: string) => backend.create({ resource: 'nodes' }, { metadata: { name } }) }
}

test('pods of a node that is gone are kept for 40 s, then fail, say so, and go', async () => {
  using cluster = await stage()
  const { backend, add, addNode, names, pass } = cluster
  await addNode('n1')
  await add('held', 'n1', { finalizers: ['example.com/hold'] })
  await add('plain', 'n1')
  await backend.delete(node('n1'))
  await pass(39)
  assert.deepEqual([await names(), ((await backend.get(pod('held'))) as Pod).status?.phase], [['held', 'plain'], 'Running'])
  await pass(1)
  assert.deepEqual(await names(), ['held'])
  const { status, metadata } = (await backend.get(pod('held'))) as Pod
  assert.ok(metadata?.deletionTimestamp)
  const condition = status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
  assert.deepEqual(
    [status?.phase, condition?.status, condition?.reason, condition?.message],
    ['Failed', 'True', 'DeletionByPodGC', 'PodGC: node no longer exists'],
  )
})

test('a node that comes back in time keeps its pods, and one that never was there loses them', async () => {
  using cluster = await stage()
  const { backend, add, addNode, names, pass } = cluster
  await addNode('n1')
  await add('mine', 'n1')
  await add('nowhere', 'never')
  await backend.delete(node('n1'))
  await pass(30)
  await addNode('n1')
  await pass(60)
  assert.deepEqual(await names(), ['mine'])
})

test('a pod that is going on a node out of service goes by force, and one that is not stays', async () => {
  using cluster = await stage()
  const { backend, add, addNode, names, pass } = cluster
  await addNode('n1')
  await add('going', 'n1')
  await add('stays', 'n1')
  await backend.delete(pod('going'))
  await pass(60)
  assert.deepEqual(await names(), ['going', 'stays'], 'the node may still run it')
  await backend.patch(node('n1'), merge, { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }] } })
  await pass(20)
  assert.deepEqual(await names(), ['stays'])
})

test('of the pods that have ended as many stay as are to be kept, the newest', async () => {
  using cluster = await stage(2)
  const { add, addNode, names, pass, clock } = cluster
  await addNode('n1')
  await add('runs', 'n1')
  for (const name of ['a', 'b']) await add(name, 'n1', { phase: 'Succeeded' })
  await pass(60)
  assert.deepEqual(await names(), ['a', 'b', 'runs'])
  for (const name of ['c', 'd']) {
    await clock.advance(1000)
    await add(name, 'n1', { phase: 'Failed' })
  }
  await pass(20)
  assert.deepEqual(await names(), ['c', 'd', 'runs'])
})

test('a pod that was never scheduled and is held when it is deleted says that it failed', async () => {
  using cluster = await stage()
  const { backend, pass } = cluster
  await backend.create(pods, aPod('held', { finalizers: ['example.com/hold'] }) as KubeObject)
  await backend.delete(pod('held'))
  await pass(20)
  assert.equal(((await backend.get(pod('held'))) as Pod).status?.phase, 'Failed')
})
