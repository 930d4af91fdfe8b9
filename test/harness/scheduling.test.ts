import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'
import type { Pod } from '../../src/kube/objects.ts'

const labels = { app: 'web' }
const apart = {
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } }] },
}

test('a Deployment whose pods must be apart has one on each node, and the one too many says why until there is a node for it', async () => {
  await using cluster = await startCluster({ nodes: 3, clock: 'manual' })
  const template = { metadata: { labels }, spec: { affinity: apart, containers: [{ name: 'app', image: 'web:1' }] } }
  await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 4, selector: { matchLabels: labels }, template },
  })
  await cluster.clock.advance('10s')
  const pods = await cluster.list<Pod>('pods')
  assert.deepEqual(pods.flatMap(({ spec }) => spec?.nodeName ?? []).sort(), ['node-0', 'node-1', 'node-2'])
  const left = pods.find(({ spec }) => !spec?.nodeName)
  const message =
    "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."
  assert.equal(left?.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message, message)
  await cluster.delete(`pod/${pods.find(({ spec }) => spec?.nodeName)?.metadata?.name}`)
  await cluster.clock.advance('1m')
  assert.equal((await cluster.list<Pod>('pods')).filter(({ status }) => status?.phase === 'Running').length, 3)
})

test('a pod of a higher class takes the place of another, which ends first; the same nodes from the same seed', async () => {
  const run = async () => {
    await using cluster = await startCluster({ nodes: 2, clock: 'manual', seed: 5 })
    const { status } = await cluster.get<{ status?: { allocatable?: Record<string, string> } } & Pod>('node/node-0')
    const cpu = String(Number(status?.allocatable?.cpu ?? '1') * 0.6)
    const pod = (name: string, spec: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu } } }], ...spec },
    })
    await cluster.apply({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 })
    await cluster.apply(pod('one'), pod('two'))
    await cluster.clock.advance('10s')
    await cluster.apply(pod('urgent', { priorityClassName: 'high' }))
    await cluster.clock.advance('1m')
    const urgent = await cluster.get<Pod>('pod/urgent')
    assert.deepEqual([urgent.status?.phase, urgent.status?.nominatedNodeName], ['Running', undefined])
    assert.equal((await cluster.list('pods')).length, 2)
    const told = (await cluster.events()).filter(({ reason }) => reason === 'Preempted')
    assert.equal(told.length, 1)
    return [urgent.spec?.nodeName, told[0]?.involvedObject.name]
  }
  assert.deepEqual(await run(), await run())
})
