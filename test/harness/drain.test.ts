import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'
import type { Pod } from '../../src/kube/objects.ts'

const app = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: 'web:1' }] } },
  },
})
const budget = (minAvailable: number) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web' },
  spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
})

test('a drain waits for the disruption budgets of the pods, which are never short of what they want', async () => {
  await using cluster = await startCluster({ nodes: ['left', 'right'] })
  await cluster.apply(app(4), budget(3))
  await cluster.waitFor('deployment/web', 'Available')
  const readyNow = async () => (await cluster.list<Pod>('pods')).filter(({ metadata, status }) => !metadata?.deletionTimestamp && isReady(status))
  let fewest = 4
  // In the very turn in which a pod is told to go.
  const count = async () => {
    fewest = Math.min(fewest, (await readyNow()).length)
  }
  const stop = cluster.backend.observe('pods', ({ gone }) => {
    if (!gone) void count()
  })
  assert.deepEqual((await hostsOf(cluster)).toSorted(), ['left', 'right'])
  await cluster.node('left').drain({ timeoutMs: 20_000 })
  stop()
  assert.ok(fewest >= 3, `${fewest} were ready`)
  assert.deepEqual(await hostsOf(cluster), ['right'])
})

test('a drain that a budget does not allow says what the budget says', async () => {
  await using cluster = await startCluster({ nodes: ['only'] })
  await cluster.apply(app(2), budget(2))
  await cluster.waitFor('deployment/web', 'Available')
  await cluster.waitFor('pdb/web', ({ status }) => (status as { currentHealthy?: number } | undefined)?.currentHealthy === 2)
  await assert.rejects(
    cluster.node('only').drain({ timeoutMs: 300 }),
    /left are default\/web-\S+, default\/web-\S+; The disruption budget web needs 2 healthy pods and has 2 currently$/,
  )
})

const isReady = (status: Pod['status']) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')

async function hostsOf(cluster: Awaited<ReturnType<typeof startCluster>>): Promise<(string | undefined)[]> {
  const pods = await cluster.list<Pod>('pods')
  return [...new Set(pods.filter(({ metadata }) => !metadata?.deletionTimestamp).map(({ spec }) => spec?.nodeName))]
}
