import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { HostLedger, type Readings } from '../../src/metrics/host-ledger.ts'
import { PodMetrics } from '../../src/metrics/pod-metrics.ts'
import { has } from './has-line.ts'

/** A host that has begun with so many pods and holds so many volumes. */
async function host({ pods = 0, volumes = 0, syncs = [] }: { pods?: number; volumes?: number; syncs?: number[] }): Promise<Readings> {
  const registry = new Registry()
  const metrics = new PodMetrics(registry)
  for (let n = 0; n < pods; n += 1) metrics.podStarting()
  for (let n = 0; n < volumes; n += 1) metrics.volumes('kubernetes.io/empty-dir', 'actual_state_of_world', 1)
  for (const seconds of syncs) metrics.synced('sync', seconds)
  return registry.getMetricsAsJSON()
}
const volumes = (number: number) => `volume_manager_total_volumes{plugin_name="kubernetes.io/empty-dir",state="actual_state_of_world"} ${number}`

test('what the hosts count is one sum, buckets too', async () => {
  const text = await new HostLedger().metrics(await host({ pods: 1 }), [
    { origin: '0.1', readings: await host({ pods: 2, volumes: 1, syncs: [0.3, 3] }) },
    { origin: '1.2', readings: await host({ pods: 3, volumes: 4, syncs: [0.3] }) },
  ])
  has(text, 'kubelet_started_pods_total 6')
  has(text, volumes(5))
  has(text, 'kubelet_pod_worker_duration_seconds_bucket{le="0.5",operation_type="sync"} 2')
  has(text, 'kubelet_pod_worker_duration_seconds_count{operation_type="sync"} 3')
})

test('a host that is busy is told of as it was last', async () => {
  const ledger = new HostLedger()
  await ledger.metrics([], [{ origin: '0.1', readings: await host({ pods: 2, volumes: 1 }) }])
  const text = await ledger.metrics([], [{ origin: '0.1', readings: undefined }])
  has(text, 'kubelet_started_pods_total 2')
  has(text, volumes(1))
})

test('of a host that died what it counted stays, what it held does not', async () => {
  const ledger = new HostLedger()
  await ledger.metrics([], [{ origin: '0.1', readings: await host({ pods: 2, volumes: 7, syncs: [3] }) }])
  const text = await ledger.metrics([], [{ origin: '0.3', readings: await host({ pods: 1, volumes: 1 }) }])
  has(text, 'kubelet_started_pods_total 3')
  has(text, volumes(1))
  has(text, 'kubelet_pod_worker_duration_seconds_sum{operation_type="sync"} 3')
})

test('however hosts die and fall silent, a counter never goes back', async () => {
  const step = fc.record({ origin: fc.constantFrom('a', 'b', 'c'), grows: fc.nat(3), life: fc.constantFrom('answers', 'silent', 'dies') })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const ledger = new HostLedger()
      const alive = new Map<string, { incarnation: number; pods: number }>()
      let last = 0
      for (const { origin, grows, life } of steps) {
        const known = alive.get(origin) ?? { incarnation: 0, pods: 0 }
        alive.set(origin, life === 'dies' ? { incarnation: known.incarnation + 1, pods: 0 } : { ...known, pods: known.pods + grows })
        const answers = [...alive].map(async ([name, { incarnation, pods }]) => ({
          origin: `${name}.${incarnation}`,
          readings: life === 'silent' && name === origin ? undefined : await host({ pods }),
        }))
        const text = await ledger.metrics([], await Promise.all(answers))
        const now = Number(/^kubelet_started_pods_total (\d+)$/m.exec(text)?.[1] ?? 0)
        assert.ok(now >= last, `${now} after ${last}`)
        last = now
      }
    }),
    { numRuns: 40 },
  )
})
