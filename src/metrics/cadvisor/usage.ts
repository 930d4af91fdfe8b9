import type { CgroupSample } from '../../stats/sampler.ts'
import type { Exposition, Labels } from '../exposition.ts'

/** Writes what was sampled under these labels. */
export type WriteUsage = (labels: Labels, sample: CgroupSample) => void

/** What a container's, a pod's or the node's sample tells. */
export function usageWriters(out: Exposition): readonly WriteUsage[] {
  const counter = (name: string, help: string, of: (sample: CgroupSample) => number | undefined, extra: Labels = {}): WriteUsage => {
    const add = out.family(name, 'counter', help)
    return (labels, sample) => add({ ...labels, ...extra }, of(sample), sample.at)
  }
  const gauge = (name: string, help: string, of: (sample: CgroupSample) => number | undefined, extra: Labels = {}): WriteUsage => {
    const add = out.family(name, 'gauge', help)
    return (labels, sample) => add({ ...labels, ...extra }, of(sample), sample.at)
  }
  const seconds = (nanos: number | undefined) => (nanos === undefined ? undefined : nanos / 1e9)
  const stall = (resource: 'cpu' | 'memory' | 'io', kind: 'some' | 'full') => (sample: CgroupSample) => {
    const found = sample.pressure?.[resource]?.[kind]
    return found === undefined ? undefined : found.totalMicros / 1e6
  }
  const failures = 'Cumulative count of memory allocation failures.'
  return [
    counter('container_cpu_usage_seconds_total', 'Cumulative cpu time consumed in seconds.', ({ cpu }) => seconds(cpu.usageNanos), { cpu: 'total' }),
    counter('container_cpu_user_seconds_total', 'Cumulative user cpu time consumed in seconds.', ({ cpu }) => seconds(cpu.userNanos)),
    counter('container_cpu_system_seconds_total', 'Cumulative system cpu time consumed in seconds.', ({ cpu }) => seconds(cpu.systemNanos)),
    counter('container_cpu_cfs_periods_total', 'Number of elapsed enforcement period intervals.', ({ cpu }) => cpu.throttling?.periods),
    counter('container_cpu_cfs_throttled_periods_total', 'Number of throttled period intervals.', ({ cpu }) => cpu.throttling?.throttledPeriods),
    counter('container_cpu_cfs_throttled_seconds_total', 'Total time duration the container has been throttled.', ({ cpu }) =>
      seconds(cpu.throttling?.throttledNanos),
    ),
    gauge(
      'container_memory_usage_bytes',
      'Current memory usage in bytes, including all memory regardless of when it was accessed',
      ({ memory }) => memory.usageBytes,
    ),
    gauge('container_memory_working_set_bytes', 'Current working set in bytes.', ({ memory }) => memory.workingSetBytes),
    gauge('container_memory_rss', 'Size of RSS in bytes.', ({ memory }) => memory.rssBytes),
    gauge('container_memory_cache', 'Number of bytes of page cache memory.', ({ memory }) => memory.cacheBytes),
    gauge('container_memory_mapped_file', 'Size of memory mapped files in bytes.', ({ memory }) => memory.mappedFileBytes),
    gauge('container_memory_max_usage_bytes', 'Maximum memory usage recorded in bytes', ({ memory }) => memory.maxUsageBytes),
    gauge('container_memory_kernel_usage', 'Size of kernel memory allocated in bytes.', ({ memory }) => memory.kernelBytes),
    gauge('container_memory_swap', 'Container swap usage in bytes.', ({ memory }) => memory.swapBytes),
    counter('container_memory_failures_total', failures, ({ memory }) => memory.pageFaults, { failure_type: 'pgfault', scope: 'container' }),
    counter('container_memory_failures_total', failures, ({ memory }) => memory.majorPageFaults, { failure_type: 'pgmajfault', scope: 'container' }),
    counter('container_oom_events_total', 'Count of out of memory events observed for the container', ({ memory }) => memory.oomKills),
    gauge('container_processes', 'Number of processes running inside the container.', ({ pids }) => pids.processes),
    gauge('container_threads', 'Number of threads running inside the container', ({ pids }) => pids.current),
    gauge('container_threads_max', 'Maximum number of threads allowed inside the container, infinity if value is zero', ({ pids }) =>
      pids.current === undefined ? undefined : (pids.limit ?? 0),
    ),
    gauge('container_last_seen', 'Last time a container was seen by the exporter', ({ at }) => Math.floor(at / 1000)),
    counter(
      'container_pressure_cpu_waiting_seconds_total',
      'Total time duration tasks in the container have waited due to CPU congestion.',
      stall('cpu', 'some'),
    ),
    counter(
      'container_pressure_cpu_stalled_seconds_total',
      'Total time duration no tasks in the container could make progress due to CPU congestion.',
      stall('cpu', 'full'),
    ),
    counter(
      'container_pressure_memory_waiting_seconds_total',
      'Total time duration tasks in the container have waited due to memory congestion.',
      stall('memory', 'some'),
    ),
    counter(
      'container_pressure_memory_stalled_seconds_total',
      'Total time duration no tasks in the container could make progress due to memory congestion.',
      stall('memory', 'full'),
    ),
    counter('container_pressure_io_waiting_seconds_total', 'Total time duration tasks in the container have waited due to IO congestion.', stall('io', 'some')),
    counter(
      'container_pressure_io_stalled_seconds_total',
      'Total time duration no tasks in the container could make progress due to IO congestion.',
      stall('io', 'full'),
    ),
  ]
}
