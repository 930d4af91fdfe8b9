import { Exposition } from './exposition.ts'
import type { NodeSnapshot } from './snapshot.ts'

/** The kubelet's `/metrics/resource`: what metrics-server and autoscalers read. Names as of 1.32. */
export function resourceMetrics({ stats, pods }: NodeSnapshot): string {
  const out = new Exposition()
  const containerCpu = out.family('container_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the container in core-seconds')
  const containerMemory = out.family('container_memory_working_set_bytes', 'gauge', 'Current working set of the container in bytes')
  const containerStart = out.family('container_start_time_seconds', 'gauge', 'Start time of the container since unix epoch in seconds')
  const containerSwap = out.family(
    'container_swap_usage_bytes',
    'gauge',
    'Current amount of the container swap usage in bytes. Reported only on non-windows systems',
  )
  const nodeCpu = out.family('node_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the node in core-seconds')
  const nodeMemory = out.family('node_memory_working_set_bytes', 'gauge', 'Current working set of the node in bytes')
  const nodeSwap = out.family('node_swap_usage_bytes', 'gauge', 'Current swap usage of the node in bytes. Reported only on non-windows systems')
  const podCpu = out.family('pod_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the pod in core-seconds')
  const podMemory = out.family('pod_memory_working_set_bytes', 'gauge', 'Current working set of the pod in bytes')
  const podSwap = out.family('pod_swap_usage_bytes', 'gauge', 'Current amount of the pod swap usage in bytes. Reported only on non-windows systems')
  const failed = out.family('resource_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise')
  if (stats) {
    nodeCpu({}, stats.cpu.usageNanos / 1e9, stats.at)
    nodeMemory({}, stats.memory.workingSetBytes, stats.at)
    nodeSwap({}, stats.memory.swap.usageBytes, stats.at)
  }
  for (const pod of pods) {
    const of = { namespace: pod.namespace, pod: pod.name }
    const total = { cpu: 0, memory: 0, swap: 0, at: 0 }
    for (const { name, startedAt, sample } of pod.containers) {
      const labels = { container: name, ...of }
      const { at } = sample
      const seconds = (sample.cpu.usageNanos ?? 0) / 1e9
      containerCpu(labels, seconds, at)
      containerMemory(labels, sample.memory.workingSetBytes, at)
      containerStart(labels, startedAt === undefined ? undefined : startedAt / 1000)
      containerSwap(labels, sample.memory.swapBytes, at)
      total.cpu += seconds
      total.memory += sample.memory.workingSetBytes ?? 0
      total.swap += sample.memory.swapBytes ?? 0
      total.at = Math.max(total.at, at)
    }
    if (pod.containers.length === 0) continue
    podCpu(of, total.cpu, total.at)
    podMemory(of, total.memory, total.at)
    podSwap(of, total.swap, total.at)
  }
  failed({}, stats ? 0 : 1)
  return out.toString()
}
