import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Pod, PodStatus } from '../../src/kube/objects.ts'
import { PodStarts } from '../../src/metrics/pod-starts.ts'
import { has } from './has-line.ts'

const uid = podUid('u')
const created = Date.UTC(2026, 0, 1)
const iso = (seconds: number) => new Date(created + seconds * 1000).toISOString()

/** A pod on its way, at seconds since its creation. */
function watching() {
  const clock = new ManualClock(created)
  const registry = new Registry()
  const starts = new PodStarts(registry, clock)
  const pod = (status?: object, spec: object = {}): Pod =>
    ({ metadata: { name: 'p', uid, creationTimestamp: iso(0) }, spec: { containers: [{ name: 'c' }], ...spec }, status }) as unknown as Pod
  const at = async (seconds: number, what: () => void) => {
    await clock.advance(created + seconds * 1000 - clock.wall())
    what()
  }
  return { registry, starts, pod, at }
}
const running = (more: object = {}) =>
  ({ phase: 'Running', startTime: iso(2), containerStatuses: [{ name: 'c', state: { running: { startedAt: iso(9) } } }], ...more }) as unknown as PodStatus
const counts = async (registry: Registry) =>
  Object.fromEntries(
    [...(await registry.metrics()).matchAll(/^kubelet_(pod_start\w*)_duration_seconds_count (\d+)$/gm)].map(([, name, count]) => [name, Number(count)]),
  )

test('a start is told from the first sight to Running, and from the creation to the echo by watch', async () => {
  const { registry, starts, pod, at } = watching()
  await at(2, () => starts.observed(uid, pod()))
  await at(3, () => starts.reported(uid, { phase: 'Pending' }))
  await at(9, () => starts.reported(uid, running()))
  await at(10, () => starts.observed(uid, pod(running())))
  const text = await registry.metrics()
  has(text, 'kubelet_pod_start_duration_seconds_sum 7')
  has(text, 'kubelet_pod_start_total_duration_seconds_sum 10')
  has(text, 'kubelet_pod_start_sli_duration_seconds_sum 10')
  has(text, 'kubelet_first_network_pod_start_sli_duration_seconds 10')
  has(text, 'kubelet_containers_per_pod_count_bucket{le="1"} 1')
})

test('each start is told once, however often its status comes by', async () => {
  const { registry, starts, pod, at } = watching()
  await at(2, () => starts.observed(uid, pod()))
  for (const seconds of [4, 5, 6]) {
    await at(seconds, () => starts.reported(uid, running()))
    await at(seconds, () => starts.observed(uid, pod(running())))
  }
  assert.deepEqual(await counts(registry), { pod_start: 1, pod_start_sli: 1, pod_start_total: 1 })
})

test('the objective leaves out pulls, those beside each other once, and init containers', async () => {
  const { registry, starts, pod, at } = watching()
  await at(1, () => starts.observed(uid, pod()))
  await at(2, () => starts.pullBegan(uid))
  await at(3, () => starts.pullBegan(uid))
  await at(5, () => starts.pullEnded(uid))
  await at(6, () => starts.pullEnded(uid))
  const initContainerStatuses = [{ name: 'i', state: { terminated: { startedAt: iso(6), finishedAt: iso(9) } } }]
  await at(20, () => starts.observed(uid, pod(running({ initContainerStatuses }))))
  const text = await registry.metrics()
  has(text, 'kubelet_pod_start_total_duration_seconds_sum 20')
  has(text, 'kubelet_pod_start_sli_duration_seconds_sum 13')
})

test('the objective is not about pods with volumes of their own', async () => {
  const { registry, starts, pod, at } = watching()
  const spec = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }
  await at(1, () => starts.observed(uid, pod(undefined, spec)))
  await at(3, () => starts.observed(uid, pod(running(), spec)))
  assert.deepEqual(await counts(registry), { pod_start: 0, pod_start_sli: 0, pod_start_total: 1 })
})

test('a pod that another agent began with, that ended, or that is gone, is not told of', async () => {
  const { registry, starts, pod, at } = watching()
  await at(1, () => starts.observed(uid, pod({ startTime: iso(0) })))
  await at(2, () => starts.observed(uid, pod(running())))
  const other = podUid('v')
  await at(3, () => starts.observed(other, pod()))
  await at(4, () => starts.observed(other, pod({ phase: 'Failed' })))
  await at(5, () => starts.reported(other, running()))
  const third = podUid('w')
  await at(6, () => starts.observed(third, pod()))
  await at(7, () => starts.observed(third, undefined))
  await at(8, () => starts.reported(third, running()))
  assert.deepEqual(await counts(registry), { pod_start: 0, pod_start_sli: 0, pod_start_total: 0 })
})
