/** One figure of the control loops, in a process that has nothing else: `node control-loops.ts FIGURE` prints what it took as a line of JSON. */
import { loadavg } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { Cluster } from '../../src/harness/harness.ts'
import { startCluster } from '../../src/harness/harness.ts'
import type { KubeObject, Pod } from '../../src/kube/objects.ts'
import { makeNode } from './node-without-agent.ts'

/** What of a figure was measured, in the unit that its goal is in. */
export interface Measured {
  readonly of: string
  readonly value: number
  /** CPU that this process took meanwhile, in milliseconds. */
  readonly cpuMs: number
  /** The machine's load average at its end. */
  readonly load: number
}

const timeoutMs = 120_000

/** Milliseconds of time and CPU that `work` takes. */
async function timed(of: string, work: () => Promise<unknown>, value = (ms: number) => ms): Promise<Measured> {
  const began = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { of, value: value(performance.now() - began), cpuMs: (user + system) / 1000, load: loadavg()[0] ?? 0 }
}

const deployment = (name: string, replicas: number, image: string, namespace = 'default') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
  },
})

interface Rollout extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly replicas?: number; readonly updatedReplicas?: number; readonly availableReplicas?: number }
}

/** All of it is of the newest template and available, and nothing else is left of it. */
const rolledOut = (cluster: Cluster, name: string, replicas: number, namespace = 'default') =>
  cluster.waitFor<Rollout>(
    `deployment/${name}`,
    ({ status, metadata }) =>
      (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
      [status?.replicas, status?.updatedReplicas, status?.availableReplicas].every((each) => each === replicas),
    { timeoutMs, namespace },
  )

const names = Array.from({ length: 50 }, (_, index) => `app-${index}`)

async function thousandPods(cluster: Cluster): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  await cluster.apply(...names.map((name) => deployment(name, 20, 'app:1', 'shop')))
  for (const name of names) await rolledOut(cluster, name, 20, 'shop')
}

/** Pods a second that are made and bound to one of 100 nodes, which nobody runs: what is measured is the API server and the scheduler. */
async function scheduled(count: number, specOf: (index: number) => object): Promise<Measured> {
  await using cluster = await startCluster({ nodes: [] })
  const { backend } = cluster
  await Promise.all(Array.from({ length: 100 }, (_, index) => makeNode(backend, `node-${index}`)))
  const left = new Set(Array.from({ length: count }, (_, index) => `pod-${index}`))
  const watched = backend.watch({ resource: 'pods', namespace: 'default' }, { signal: AbortSignal.timeout(timeoutMs) })
  const pods = [...left].map((name, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { group: groupOf(index) } },
    spec: { ...specOf(index), containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '10m' } } }] },
  }))
  // Awaited, or the cluster would be gone before.
  return await timed(
    'scheduled',
    async () => {
      const made = Promise.all(pods.map((pod) => backend.create({ resource: 'pods', namespace: 'default' }, pod as KubeObject)))
      for await (const { object } of watched) {
        if ((object as Pod).spec?.nodeName) left.delete(object.metadata?.name ?? '')
        if (left.size === 0) break
      }
      await made
    },
    (ms) => count / (ms / 1000),
  )
}

const groupOf = (index: number) => `group-${index % 40}`

const figures: Record<string, () => Promise<readonly Measured[]>> = {
  async start() {
    const cold = await timed('cold', async () => void (await (await startCluster())[Symbol.asyncDispose]()))
    const warm = []
    for (let each = 0; each < 5; each += 1) {
      let cluster: Cluster | undefined
      warm.push(await timed('warm', async () => (cluster = await startCluster())))
      await cluster?.[Symbol.asyncDispose]()
    }
    return [cold, ...warm.sort((a, b) => a.value - b.value).slice(2, 3)]
  },
  async hundred() {
    await using cluster = await startCluster({ nodes: 3 })
    const available = await timed('available', async () => {
      await cluster.apply(deployment('web', 100, 'web:1'))
      await rolledOut(cluster, 'web', 100)
    })
    const updated = await timed('updated', async () => {
      await cluster.apply(deployment('web', 100, 'web:2'))
      await rolledOut(cluster, 'web', 100)
    })
    return [available, updated]
  },
  async thousand() {
    await using cluster = await startCluster({ nodes: 10 })
    const ready = await timed('ready', () => thousandPods(cluster))
    await setTimeout(3000)
    const idleMs = 30_000
    const idle = await timed('idle', () => setTimeout(idleMs))
    const gone = await timed('gone', async () => {
      await cluster.delete('namespace/shop')
      await cluster.waitFor('namespace/shop', 'Deleted', { timeoutMs })
    })
    return [ready, { ...idle, value: (100 * idle.cpuMs) / idleMs }, gone]
  },
  async day() {
    await using cluster = await startCluster({ nodes: 2, clock: 'manual' })
    return [await timed('day', () => cluster.clock.advance('24h'))]
  },
  plain: async () => [await scheduled(4000, () => ({}))],
  apart: async () => [
    await scheduled(2000, (index) => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apartFrom(index)] } } })),
  ],
}

const apartFrom = (index: number) => ({ labelSelector: { matchLabels: { group: groupOf(index) } }, topologyKey: 'kubernetes.io/hostname' })

const figure = figures[process.argv[2] ?? '']
if (!figure) throw new RangeError(`there is no figure ${process.argv[2]}; there are ${Object.keys(figures).join(', ')}`)
console.log(JSON.stringify(await figure()))
process.exit()
