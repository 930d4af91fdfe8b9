import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'
import type { Node, Pod } from '../../src/kube/objects.ts'

const pod = (name: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations: { 'simulated.podsteward.io/stop-delay': '2s' } },
  spec: { containers: [{ name: 'app', image: 'registry/app:1' }], terminationGracePeriodSeconds: 8, ...spec },
})

test('a node that shuts down is not ready, refuses pods, and ends its own: critical ones last', async () => {
  await using cluster = await startCluster({ clock: 'manual', flags: { shutdownGracePeriod: '30s', shutdownGracePeriodCriticalPods: '10s' } })
  await cluster.apply(pod('web'), pod('vital', { priorityClassName: 'system-node-critical', priority: 2_000_001_000 }))
  await cluster.waitFor('pod/web', 'Ready')
  await cluster.waitFor('pod/vital', 'Ready')
  let down = false
  const shutdown = cluster
    .node(0)
    .shutdown()
    .then(() => {
      down = true
    })
  await cluster.clock.advance('1s')
  const ready = (await cluster.get<Node>('node/node-0')).status?.conditions?.find(({ type }) => type === 'Ready')
  assert.deepEqual([ready?.status, ready?.reason, ready?.message], ['False', 'KubeletNotReady', 'node is shutting down'])
  await cluster.apply(pod('late', { nodeName: 'node-0' }))
  await cluster.clock.advance('2s')
  const late = (await cluster.pod('late').get()).status
  assert.deepEqual([late?.phase, late?.reason, late?.message], ['Failed', 'NodeShutdown', 'Pod was rejected: Pod was rejected as the node is shutting down.'])
  const web = (await cluster.pod('web').get()).status
  assert.deepEqual([web?.phase, web?.reason, web?.message], ['Failed', 'Terminated', 'Pod was terminated in response to imminent node shutdown.'])
  assert.equal(web?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason, 'TerminationByKubelet')
  assert.deepEqual([(await cluster.pod('vital').get()).status?.phase, down], ['Running', false])
  await cluster.clock.advance('5s')
  await shutdown
  assert.equal((await cluster.pod('vital').get()).status?.phase, 'Failed')
})

test('a node that was given no time for its pods does not wait for them', async () => {
  await using cluster = await startCluster()
  await assert.rejects(cluster.node(0).shutdown(), /start the cluster with flags: \{ shutdownGracePeriod/)
})
