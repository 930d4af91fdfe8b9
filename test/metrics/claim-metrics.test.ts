import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { type ClaimUse, claimMetrics } from '../../src/metrics/claim-metrics.ts'
import { has } from './has-line.ts'

const use = (claim: string, usedBytes: number): ClaimUse => ({
  ...{ namespace: 'ns', claim },
  filesystem: { capacityBytes: 100, availableBytes: 90 - usedBytes, usedBytes, inodes: 50, inodesFree: 40, inodesUsed: 10 },
})

test('claims are told by namespace and name; of pods that share one the first that was measured', async () => {
  const registry = new Registry()
  claimMetrics(registry, () => [use('data', 20), use('logs', 30), use('data', 25)])
  const text = await registry.metrics()
  const of = (claim: string) => `{namespace="ns",persistentvolumeclaim="${claim}"}`
  has(text, `kubelet_volume_stats_capacity_bytes${of('data')} 100`)
  has(text, `kubelet_volume_stats_used_bytes${of('data')} 20`)
  has(text, `kubelet_volume_stats_available_bytes${of('logs')} 60`)
  for (const [family, value] of [
    ['inodes', 50],
    ['inodes_free', 40],
    ['inodes_used', 10],
  ] as const)
    has(text, `kubelet_volume_stats_${family}${of('logs')} ${value}`)
})

test('a claim that no pod of the node has any more is told no more', async () => {
  const registry = new Registry()
  let claims = [use('data', 20)]
  claimMetrics(registry, () => claims)
  assert.match(await registry.metrics(), /persistentvolumeclaim="data"/)
  claims = []
  assert.doesNotMatch(await registry.metrics(), /persistentvolumeclaim/)
})
