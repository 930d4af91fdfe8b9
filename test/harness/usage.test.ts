import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoreV1Api, KubeConfig, Metrics } from '@kubernetes/client-node'
import { type Cluster, startCluster } from '../../src/harness/harness.ts'
import { quantity } from '../../src/kube/quantity.ts'

const pod = (name: string, annotations: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    labels,
    annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`simulated.podsteward.io/${key}`, value])),
  },
  spec: { containers: [{ name: 'app', image: 'registry/app:1', resources: { requests: { cpu: '100m' } } }] },
})

function metricsOf(cluster: Cluster) {
  const config = new KubeConfig()
  config.loadFromString(cluster.kubeconfig())
  return new Metrics(config)
}
/** Thousandths of a core and mebibytes, by pod, as metrics.k8s.io says. */
async function top(cluster: Cluster): Promise<Record<string, readonly [milli: number, mebi: number]>> {
  const { items } = await metricsOf(cluster).getPodMetrics('default')
  const milli = (text: string) => Math.round(Number(quantity(text)) / 1e6)
  return Object.fromEntries(
    items.map(({ metadata, containers: [first] }) => [metadata.name, [milli(first?.usage.cpu ?? ''), milli(first?.usage.memory ?? '') / 1000 / 2 ** 20]]),
  )
}

// The client library makes objects of what is JSON.
const page = (cluster: Cluster, path: string): Promise<unknown> => cluster.api(CoreV1Api).connectGetNodeProxyWithPath({ name: 'node-0', path })
interface Summary {
  readonly node: SummaryPart
  readonly pods: readonly (SummaryPart & { readonly podRef: { readonly name: string }; readonly containers: readonly SummaryPart[] })[]
}
interface SummaryPart {
  readonly cpu: { readonly usageNanoCores: number }
  readonly memory: { readonly workingSetBytes: number }
  readonly network: { readonly rxBytes: number; readonly txBytes: number }
}
const summaryOf = async (cluster: Cluster) => (await page(cluster, 'stats/summary')) as Summary
const near = (actual: number | undefined, expected: number, by: number) =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= by, `${actual} is not near ${expected}`)

test('an autoscaler sees what annotations, a profile and a test say that pods use: at metrics.k8s.io, in the summary and on the cAdvisor page', async () => {
  await using cluster = await startCluster({
    clock: 'manual',
    profile: { defaults: { memory: '10Mi' }, pods: [{ match: { labels: { app: 'wave' } }, settings: { cpu: 'sine(100m,900m,10m)' } }] },
  })
  await cluster.apply(
    pod('steady', { cpu: '250m', memory: '64Mi', 'network-receive': '1Mi' }),
    pod('wave', {}, { app: 'wave' }),
    pod('told', { cpu: '100m' }),
    pod('plain'),
  )
  for (const name of ['steady', 'wave', 'told', 'plain']) await cluster.waitFor(`pod/${name}`, 'Ready')
  await cluster.clock.advance('30s')
  const { steady, wave, told, plain } = await top(cluster)
  assert.deepEqual(
    [steady, told, plain],
    [
      [250, 64],
      [100, 10],
      [0, 10],
    ],
  )
  near(wave?.[0], 105, 15)

  await cluster.pod('told').container().use({ cpu: 'step(100m,2,5s)', memory: '1Gi' })
  await cluster.clock.advance('4m30s')
  const later = await top(cluster)
  near(later.wave?.[0], 900, 5)
  assert.deepEqual(later.told, [2000, 1024])

  const { node, pods } = await summaryOf(cluster)
  const summary = pods.find(({ podRef }) => podRef.name === 'steady') ?? assert.fail('it is not in the summary')
  assert.equal(summary.containers[0]?.cpu.usageNanoCores, 250_000_000)
  assert.equal(summary.containers[0]?.memory.workingSetBytes, 64 * 2 ** 20)
  near(summary.network.rxBytes / 2 ** 20, 295, 15)
  near(node.cpu.usageNanoCores / 1e6, 250 + 900 + 2000, 20)
  assert.equal(node.memory.workingSetBytes, (64 + 10 + 1024 + 10) * 2 ** 20)
  assert.equal(node.network.rxBytes, summary.network.rxBytes)
  const { items: nodes } = await metricsOf(cluster).getNodeMetrics()
  near(Number(quantity(nodes[0]?.usage.cpu ?? '')) / 1e6, 3150, 20)

  const cadvisor = String(await page(cluster, 'metrics/cadvisor'))
  const value = (pattern: RegExp) => Number(pattern.exec(cadvisor)?.[1])
  near(value(/^container_cpu_usage_seconds_total\{container="app",[^\n]*pod="steady",cpu="total"\} (\S+)/m), 0.25 * 295, 4)
  near(value(/^container_network_receive_bytes_total\{[^\n]*pod="steady",interface="eth0"\} (\S+)/m) / 2 ** 20, 295, 15)
  assert.match(cadvisor, /^container_memory_working_set_bytes\{container="app",id="\/kubepods\/pod[^\n]*pod="told"\} 1073741824 /m)
})

test('the same seed has the same noise, another seed another', async () => {
  const seen = async (seed: number) => {
    await using cluster = await startCluster({ clock: 'manual', seed })
    await cluster.apply(pod('noisy', { cpu: '500m + noise(100m)', memory: '1Gi + noise(100Mi)' }))
    await cluster.waitFor('pod/noisy', 'Ready')
    const readings = []
    for (let reading = 0; reading < 3; reading += 1) {
      await cluster.clock.advance('30s')
      readings.push((await top(cluster)).noisy)
    }
    return readings
  }
  const first = await seen(5)
  assert.deepEqual(await seen(5), first)
  assert.notDeepEqual(await seen(6), first)
})

test('a container that leaks is killed at its limit, again and again', async () => {
  await using cluster = await startCluster({ clock: 'manual' })
  const leaking = pod('leaking', { memory: 'ramp(10Mi,200Mi,60s)' })
  await cluster.apply({ ...leaking, spec: { containers: [{ name: 'app', image: 'a:1', resources: { limits: { memory: '128Mi' } } }] } })
  await cluster.waitFor('pod/leaking', 'Ready')
  await cluster.clock.advance('2m')
  const status = await cluster.pod('leaking').container().status()
  assert.deepEqual([status?.restartCount, status?.lastState?.terminated?.reason, status?.lastState?.terminated?.exitCode], [2, 'OOMKilled', 137])
})

test('traffic of a pod goes as a test says', async () => {
  await using cluster = await startCluster({ clock: 'manual' })
  await cluster.apply(pod('web'))
  await cluster.waitFor('pod/web', 'Ready')
  cluster.pod('web').behave({ 'network-receive': '2Ki', 'network-send': 'ramp(0,1Ki,10s)' })
  await cluster.clock.advance('1m')
  const [web] = (await summaryOf(cluster)).pods
  near((web?.network.rxBytes ?? 0) / 1024, 110, 15)
  near((web?.network.txBytes ?? 0) / 1024, 50, 10)
})
