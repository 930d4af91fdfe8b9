import type { FilesystemStats } from '../../stats/filesystem.ts'
import { perSecond } from '../readings.ts'
import type { AnyReading, AnyValues } from './tree.ts'

/** What all statistics of one answer share. */
export interface StatsContext {
  /** The interface that network figures are told under. */
  readonly interfaceName: string
  readonly filesystem: { readonly device: string; readonly type: string; readonly space: FilesystemStats | undefined }
}

export const rfc3339 = (at: number): string => new Date(at).toISOString()

/** cAdvisor's info.ContainerStats (v1). What this node does not measure is left out rather than told as zero. */
export function statsV1(reading: AnyReading, context: StatsContext): object {
  const { at, values } = reading
  return {
    timestamp: rfc3339(at),
    cpu: cpuStats(values),
    diskio: diskStats(values),
    memory: memoryStats(values),
    network: networkStats(values, context),
    filesystem: fsStats(values, context),
    processes: processStats(values),
    oom_events: values.oomKills || undefined,
  }
}

/** cAdvisor's v2 ContainerStats: as v1, with rates, and flat figures of the file system. */
export function statsV2(reading: AnyReading, before: AnyReading | undefined, context: StatsContext): object {
  const { at, values } = reading
  return {
    timestamp: rfc3339(at),
    cpu: cpuStats(values),
    cpu_inst: cpuInst(reading, before),
    diskio: diskStats(values),
    memory: memoryStats(values),
    network: networkStatsV2(values, context),
    processes: processStats(values),
    filesystem:
      values.fsBytes === undefined ? undefined : { totalUsageBytes: values.fsBytes, baseUsageBytes: values.fsBytes, containter_inode_usage: values.fsInodes },
  }
}

/** cAdvisor's v2 MachineStats. */
export function machineStats(reading: AnyReading, before: AnyReading | undefined, context: StatsContext): object {
  const { at, values } = reading
  const { device, type, space } = context.filesystem
  return {
    timestamp: rfc3339(at),
    cpu: cpuStats(values),
    cpu_inst: cpuInst(reading, before),
    memory: memoryStats(values),
    network: networkStatsV2(values, context),
    filesystem:
      values.fsBytes === undefined
        ? undefined
        : [{ device, type, capacity: space?.capacityBytes, usage: values.fsBytes, available: values.fsAvailable, inodes_free: values.fsInodesFree }],
  }
}

export function cpuInst(reading: AnyReading, before: AnyReading | undefined): object | undefined {
  if (!before) return undefined
  const rate = (of: 'cpuUsage' | 'cpuUser' | 'cpuSystem') => {
    const value = perSecond(before.values[of], reading.values[of], reading.at - before.at)
    return value === undefined ? undefined : Math.round(value)
  }
  const total = rate('cpuUsage')
  return total === undefined ? undefined : { usage: { total, user: rate('cpuUser') ?? 0, system: rate('cpuSystem') ?? 0 } }
}

function cpuStats(values: AnyValues): object | undefined {
  if (values.cpuUsage === undefined) return undefined
  return {
    usage: { total: values.cpuUsage, user: values.cpuUser ?? 0, system: values.cpuSystem ?? 0 },
    cfs: { periods: values.periods ?? 0, throttled_periods: values.throttledPeriods ?? 0, throttled_time: values.throttledNanos ?? 0 },
    // cAdvisor: thousandths.
    load_average: values.load1 === undefined ? 0 : Math.round(values.load1 * 1000),
  }
}

function memoryStats(values: AnyValues): object | undefined {
  if (values.memoryUsage === undefined) return undefined
  const data = { pgfault: values.pageFaults ?? 0, pgmajfault: values.majorPageFaults ?? 0 }
  return {
    usage: values.memoryUsage,
    cache: values.cache,
    rss: values.rss ?? 0,
    swap: values.swap ?? 0,
    mapped_file: values.mappedFile,
    working_set: values.workingSet ?? 0,
    failcnt: values.failures ?? 0,
    container_data: data,
    hierarchical_data: data,
  }
}

function diskStats(values: AnyValues): object | undefined {
  const total = (read: number | undefined, write: number | undefined) =>
    read === undefined && write === undefined
      ? undefined
      : [{ device: '', major: 0, minor: 0, stats: { Read: read ?? 0, Write: write ?? 0, Total: (read ?? 0) + (write ?? 0) } }]
  const bytes = total(values.readBytes, values.writeBytes)
  return bytes && { io_service_bytes: bytes, io_serviced: total(values.reads, values.writes) }
}

function interfaceStats(values: AnyValues, name: string): object | undefined {
  if (values.rxBytes === undefined) return undefined
  return {
    name,
    rx_bytes: values.rxBytes,
    rx_packets: values.rxPackets,
    rx_errors: values.rxErrors,
    rx_dropped: values.rxDropped,
    tx_bytes: values.txBytes,
    tx_packets: values.txPackets,
    tx_errors: values.txErrors,
    tx_dropped: values.txDropped,
  }
}

function networkStats(values: AnyValues, { interfaceName }: StatsContext): object | undefined {
  const own = interfaceStats(values, interfaceName)
  return own && { ...own, interfaces: [own] }
}

function networkStatsV2(values: AnyValues, { interfaceName }: StatsContext): object | undefined {
  const own = interfaceStats(values, interfaceName)
  return own && { interfaces: [own] }
}

function fsStats(values: AnyValues, { filesystem: { device, type, space } }: StatsContext): object[] | undefined {
  if (values.fsBytes === undefined) return undefined
  return [
    {
      device,
      type,
      capacity: space?.capacityBytes ?? 0,
      usage: values.fsBytes,
      base_usage: values.fsBytes,
      available: values.fsAvailable ?? space?.availableBytes ?? 0,
      has_inodes: true,
      inodes: values.fsInodes ?? space?.inodes ?? 0,
      inodes_free: values.fsInodesFree ?? space?.inodesFree ?? 0,
    },
  ]
}

const processStats = ({ processes, threads }: AnyValues): object | undefined =>
  processes === undefined && threads === undefined ? undefined : { process_count: processes ?? 0, threads_current: threads }
