import assert from 'node:assert/strict'
import { totalmem } from 'node:os'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'
import type { Node, Pod } from '../../src/kube/objects.ts'

const pod = (name: string, resources: object, annotations: Record<string, string> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations },
  spec: { containers: [{ name: 'app', image: 'registry/app:1', resources }] },
})

test('a simulated node runs short of memory when a test says so: the hungry pod goes, the node refuses others like it, and recovers', async () => {
  await using cluster = await startCluster({ clock: 'manual', flags: { evictionHard: 'memory.available<1Gi' } })
  await cluster.apply(pod('modest', { requests: { memory: '64Mi' } }, { 'simulated.podsteward.io/memory': '32Mi' }), pod('hungry', {}))
  await cluster.waitFor('pod/modest', 'Ready')
  await cluster.waitFor('pod/hungry', 'Ready')
  await cluster
    .pod('hungry')
    .container()
    .use({ memory: totalmem() - 512 * 1024 ** 2 })
  await cluster.clock.advance('15s')
  const { status } = await cluster.pod('hungry').get()
  assert.deepEqual([status?.phase, status?.reason], ['Failed', 'Evicted'])
  assert.match(
    status?.message ?? '',
    /^The node was low on resource: memory\. Threshold quantity: 1Gi, available: 480Mi\. Container app was using \w+, request is 0, /,
  )
  const pressure = async () => (await cluster.get<Node>('node/node-0')).status?.conditions?.find(({ type }) => type === 'MemoryPressure')?.status
  assert.equal(await pressure(), 'True')
  const taints = async () => (await cluster.get<Node>('node/node-0')).spec?.taints?.map(({ key, effect }) => `${key}:${effect}`)
  assert.deepEqual(await taints(), ['node.kubernetes.io/memory-pressure:NoSchedule'])
  await cluster.apply(pod('next', {}))
  await cluster.clock.advance('5s')
  assert.equal((await cluster.pod('next').get()).spec?.nodeName, undefined, 'it waits instead of being refused')
  await cluster.clock.advance('6m')
  assert.equal(await pressure(), 'False')
  assert.equal(await taints(), undefined)
  await cluster.waitFor('pod/next', 'Ready')
  assert.equal((await cluster.pod('modest').get()).status?.phase, 'Running')
})

test('a simulated pod that writes more than its limit is evicted', async () => {
  await using cluster = await startCluster({ clock: 'manual' })
  await cluster.apply(pod('writer', { limits: { 'ephemeral-storage': '1Gi' } }, { 'simulated.podsteward.io/disk': '2Gi' }))
  await cluster.waitFor('pod/writer', 'Ready')
  await cluster.clock.advance('2m')
  const { status } = await cluster.pod('writer').get()
  assert.equal(status?.reason, 'Evicted')
  assert.equal(status?.message, 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ')
})
