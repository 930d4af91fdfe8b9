import type { InterfaceStats } from '../stats/proc/network.ts'
import type { CgroupSample } from '../stats/sampler.ts'
import { Exposition, type Labels } from './exposition.ts'
import type { ContainerSnapshot, NodeSnapshot, PodSnapshot } from './snapshot.ts'

type Add = ReturnType<Exposition['family']>

/** cpu.shares of a request, as the kubelet sets it. */
const shares = (milli: number | undefined): number => Math.max(2, Math.floor(((milli ?? 0) * 1024) / 1000))
const cfsPeriod = 100_000

/** The kubelet's `/metrics/cadvisor`: families and labels as cAdvisor names them, so that stock dashboards work. The node is `id="/"`; a pod as a whole has `container=""`. */
export function cadvisorMetrics(snapshot: NodeSnapshot): string {
  const out = new Exposition()
  const writers = usageWriters(out)
  const spec = specWriters(out)
  const network = networkWriters(out)
  machine(out, snapshot)
  node(writers, network, snapshot)
  for (const pod of snapshot.pods) {
    const whole = { container: '', id: pod.cgroup ?? '', image: '', name: '', namespace: pod.namespace, pod: pod.name }
    const total = sum(pod.containers)
    if (total) for (const write of writers) write(whole, total)
    for (const each of pod.network) for (const write of network) write({ ...whole, interface: each.name }, each, pod.networkAt)
    for (const container of pod.containers) {
      const labels = labelsOf(pod, container)
      for (const write of writers) write(labels, container.sample)
      for (const write of spec) write(labels, container)
    }
  }
  out.family('container_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise')({}, snapshot.stats ? 0 : 1)
  return out.toString()
}

const labelsOf = (pod: PodSnapshot, { name, cgroup, image, id }: ContainerSnapshot): Labels => ({
  container: name,
  id: cgroup,
  image,
  name: `k8s_${name}_${pod.name}_${pod.namespace}_${pod.uid}_${id.slice(0, 12)}`,
  namespace: pod.namespace,
  pod: pod.name,
})

type WriteUsage = (labels: Labels, sample: CgroupSample) => void

function usageWriters(out: Exposition): readonly WriteUsage[] {
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
    gauge('container_memory_swap', 'Container swap usage in bytes.', ({ memory }) => memory.swapBytes),
    counter('container_memory_failures_total', failures, ({ memory }) => memory.pageFaults, { failure_type: 'pgfault', scope: 'container' }),
    counter('container_memory_failures_total', failures, ({ memory }) => memory.majorPageFaults, { failure_type: 'pgmajfault', scope: 'container' }),
    counter('container_oom_events_total', 'Count of out of memory events observed for the container', ({ memory }) => memory.oomKills),
    counter('container_fs_reads_bytes_total', 'Cumulative count of bytes read', ({ io }) => io.readBytes, { device: '' }),
    counter('container_fs_writes_bytes_total', 'Cumulative count of bytes written', ({ io }) => io.writeBytes, { device: '' }),
    counter('container_fs_reads_total', 'Cumulative count of reads completed', ({ io }) => io.reads, { device: '' }),
    counter('container_fs_writes_total', 'Cumulative count of writes completed', ({ io }) => io.writes, { device: '' }),
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

type WriteSpec = (labels: Labels, container: ContainerSnapshot) => void

function specWriters(out: Exposition): readonly WriteSpec[] {
  const gauge = (name: string, help: string, of: (container: ContainerSnapshot) => number | undefined, extra: Labels = {}): WriteSpec => {
    const add = out.family(name, 'gauge', help)
    return (labels, container) => add({ ...labels, ...extra }, of(container))
  }
  return [
    gauge('container_start_time_seconds', 'Start time of the container since unix epoch in seconds.', ({ startedAt }) =>
      startedAt === undefined ? undefined : Math.floor(startedAt / 1000),
    ),
    gauge('container_spec_cpu_period', 'CPU period of the container.', ({ limits }) => (limits.cpuMilli === undefined ? undefined : cfsPeriod)),
    gauge('container_spec_cpu_quota', 'CPU quota of the container.', ({ limits }) =>
      limits.cpuMilli === undefined ? undefined : Math.max(1000, Math.floor((limits.cpuMilli * cfsPeriod) / 1000)),
    ),
    gauge('container_spec_cpu_shares', 'CPU share of the container.', ({ requests, limits }) => shares(requests.cpuMilli ?? limits.cpuMilli)),
    gauge('container_spec_memory_limit_bytes', 'Memory limit for the container.', ({ limits }) => limits.memoryBytes ?? 0),
    gauge('container_spec_memory_reservation_limit_bytes', 'Memory reservation limit for the container.', () => 0),
    gauge('container_fs_usage_bytes', 'Number of bytes that are consumed by the container on this filesystem.', ({ rootfs }) => rootfs?.bytes, { device: '' }),
  ]
}

type WriteNetwork = (labels: Labels, stats: InterfaceStats, at: number) => void

function networkWriters(out: Exposition): readonly WriteNetwork[] {
  const counter = (name: string, help: string, of: keyof Omit<InterfaceStats, 'name'>): WriteNetwork => {
    const add: Add = out.family(name, 'counter', help)
    return (labels, stats, at) => add(labels, stats[of], at)
  }
  return [
    counter('container_network_receive_bytes_total', 'Cumulative count of bytes received', 'rxBytes'),
    counter('container_network_receive_packets_total', 'Cumulative count of packets received', 'rxPackets'),
    counter('container_network_receive_errors_total', 'Cumulative count of errors encountered while receiving', 'rxErrors'),
    counter('container_network_receive_packets_dropped_total', 'Cumulative count of packets dropped while receiving', 'rxDropped'),
    counter('container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted', 'txBytes'),
    counter('container_network_transmit_packets_total', 'Cumulative count of packets transmitted', 'txPackets'),
    counter('container_network_transmit_errors_total', 'Cumulative count of errors encountered while transmitting', 'txErrors'),
    counter('container_network_transmit_packets_dropped_total', 'Cumulative count of packets dropped while transmitting', 'txDropped'),
  ]
}

function machine(out: Exposition, { machine: { cores, memoryBytes, swapBytes, machineId, systemUuid, bootId } }: NodeSnapshot): void {
  const labels = { boot_id: bootId, machine_id: machineId, system_uuid: systemUuid }
  out.family('machine_cpu_cores', 'gauge', 'Number of logical CPU cores.')(labels, cores)
  out.family('machine_memory_bytes', 'gauge', 'Amount of memory installed on the machine.')(labels, memoryBytes)
  out.family('machine_swap_bytes', 'gauge', 'Amount of swap memory available on the machine.')(labels, swapBytes)
  out.family('machine_scrape_error', 'gauge', '1 if there was an error while getting machine metrics, 0 otherwise.')({}, 0)
}

function node(writers: readonly WriteUsage[], network: readonly WriteNetwork[], { stats, usageNanoCores }: NodeSnapshot): void {
  if (!stats) return
  const root = { container: '', id: '/', image: '', name: '', namespace: '', pod: '' }
  const { memory } = stats
  const sample: CgroupSample = {
    at: stats.at,
    usageNanoCores,
    cpu: { usageNanos: stats.cpu.usageNanos },
    memory: {
      usageBytes: memory.usageBytes,
      workingSetBytes: memory.workingSetBytes,
      rssBytes: memory.rssBytes,
      swapBytes: memory.swap.usageBytes,
      pageFaults: memory.pageFaults,
      majorPageFaults: memory.majorPageFaults,
    },
    io: {},
    pids: { current: stats.pids.current, limit: stats.pids.limit },
    pressure: stats.pressure,
  }
  for (const write of writers) write(root, sample)
  for (const each of stats.network.interfaces) for (const write of network) write({ ...root, interface: each.name }, each, stats.at)
}

/** Several containers as one. */
function sum(containers: readonly ContainerSnapshot[]): CgroupSample | undefined {
  const samples = containers.map(({ sample }) => sample)
  if (samples.length === 0) return undefined
  const total = (of: (sample: CgroupSample) => number | undefined) =>
    samples.some((each) => of(each) !== undefined) ? samples.reduce((all, each) => all + (of(each) ?? 0), 0) : undefined
  return {
    at: Math.max(...samples.map(({ at }) => at)),
    cpu: { usageNanos: total(({ cpu }) => cpu.usageNanos), userNanos: total(({ cpu }) => cpu.userNanos), systemNanos: total(({ cpu }) => cpu.systemNanos) },
    memory: {
      usageBytes: total(({ memory }) => memory.usageBytes),
      workingSetBytes: total(({ memory }) => memory.workingSetBytes),
      rssBytes: total(({ memory }) => memory.rssBytes),
      cacheBytes: total(({ memory }) => memory.cacheBytes),
      mappedFileBytes: total(({ memory }) => memory.mappedFileBytes),
      swapBytes: total(({ memory }) => memory.swapBytes),
      pageFaults: total(({ memory }) => memory.pageFaults),
      majorPageFaults: total(({ memory }) => memory.majorPageFaults),
    },
    io: {
      readBytes: total(({ io }) => io.readBytes),
      writeBytes: total(({ io }) => io.writeBytes),
      reads: total(({ io }) => io.reads),
      writes: total(({ io }) => io.writes),
    },
    pids: { current: total(({ pids }) => pids.current), processes: total(({ pids }) => pids.processes) },
  }
}
