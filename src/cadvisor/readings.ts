import type { ContainerSnapshot, NodeSnapshot, PodSnapshot } from '../metrics/snapshot.ts'
import type { InterfaceStats } from '../stats/proc/network.ts'

/** What is kept of each reading of a container. Counters as the kernel counts them (CPU in nanoseconds), so that any two readings give a rate. */
export const containerColumns = [
  'cpuUsage',
  'cpuUser',
  'cpuSystem',
  'periods',
  'throttledPeriods',
  'throttledNanos',
  'memoryUsage',
  'workingSet',
  'rss',
  'cache',
  'mappedFile',
  'swap',
  'pageFaults',
  'majorPageFaults',
  'failures',
  'oomKills',
  'readBytes',
  'writeBytes',
  'reads',
  'writes',
  'fsBytes',
  'fsInodes',
  'processes',
  'threads',
  'cpuStall',
  'memoryStall',
  'ioStall',
] as const

/** What is kept of each reading of a pod beside its containers': its network, all interfaces together. */
export const podColumns = ['rxBytes', 'rxPackets', 'rxErrors', 'rxDropped', 'txBytes', 'txPackets', 'txErrors', 'txDropped'] as const

/** What is kept of each reading of the node. */
export const nodeColumns = [
  'cpuUsage',
  'memoryUsage',
  'workingSet',
  'rss',
  'swap',
  'pageFaults',
  'majorPageFaults',
  'fsBytes',
  'fsAvailable',
  'fsInodesFree',
  'processes',
  'load1',
  ...podColumns,
] as const

/** Values of some columns; absent where the machine does not tell. */
export type Values<Column extends string> = { readonly [Name in Column]?: number }
export type ContainerValues = Values<(typeof containerColumns)[number]>
export type PodValues = Values<(typeof podColumns)[number]>
export type NodeValues = Values<(typeof nodeColumns)[number]>

export function containerValues({ sample: { cpu, memory, io, pids, pressure }, rootfs }: ContainerSnapshot): ContainerValues {
  return {
    cpuUsage: cpu.usageNanos,
    cpuUser: cpu.userNanos,
    cpuSystem: cpu.systemNanos,
    periods: cpu.throttling?.periods,
    throttledPeriods: cpu.throttling?.throttledPeriods,
    throttledNanos: cpu.throttling?.throttledNanos,
    memoryUsage: memory.usageBytes,
    workingSet: memory.workingSetBytes,
    rss: memory.rssBytes,
    cache: memory.cacheBytes,
    mappedFile: memory.mappedFileBytes,
    swap: memory.swapBytes,
    pageFaults: memory.pageFaults,
    majorPageFaults: memory.majorPageFaults,
    failures: memory.failures,
    oomKills: memory.oomKills,
    readBytes: io.readBytes,
    writeBytes: io.writeBytes,
    reads: io.reads,
    writes: io.writes,
    fsBytes: rootfs?.bytes,
    fsInodes: rootfs?.inodes,
    processes: pids.processes,
    threads: pids.current,
    // Microseconds in which at least one task waited.
    cpuStall: pressure?.cpu?.some.totalMicros,
    memoryStall: pressure?.memory?.some.totalMicros,
    ioStall: pressure?.io?.some.totalMicros,
  }
}

export const podValues = ({ network }: PodSnapshot): PodValues => networkValues(network)

export function nodeValues({ stats, nodefs }: NodeSnapshot): NodeValues {
  const main = stats?.network.interfaces.filter(({ name }) => name === stats.network.defaultInterface) ?? []
  return {
    cpuUsage: stats?.cpu.usageNanos,
    memoryUsage: stats?.memory.usageBytes,
    workingSet: stats?.memory.workingSetBytes,
    rss: stats?.memory.rssBytes,
    swap: stats?.memory.swap.usageBytes,
    pageFaults: stats?.memory.pageFaults,
    majorPageFaults: stats?.memory.majorPageFaults,
    fsBytes: nodefs?.usedBytes,
    fsAvailable: nodefs?.availableBytes,
    fsInodesFree: nodefs?.inodesFree,
    processes: stats?.pids.current,
    load1: stats?.load.load1,
    // Without a default route (a network namespace of a test) whatever there is.
    ...networkValues(main.length > 0 ? main : (stats?.network.interfaces ?? [])),
  }
}

function networkValues(interfaces: readonly InterfaceStats[]): PodValues {
  if (interfaces.length === 0) return {}
  return Object.fromEntries(podColumns.map((column) => [column, interfaces.reduce((sum, each) => sum + each[column], 0)]))
}

/** Readings closer than this give no rate worth having. */
export const shortestWindowMs = 100

/** Rise of a counter per second; absent when it is not known at both ends, or went back (another container took the name). */
export function perSecond(before: number | undefined, now: number | undefined, elapsedMs: number): number | undefined {
  if (before === undefined || now === undefined || now < before || elapsedMs < shortestWindowMs) return undefined
  return ((now - before) / elapsedMs) * 1000
}

/** Adds up what is known; absent when nothing is. */
export function added<Column extends string>(all: readonly Values<Column>[], columns: readonly Column[]): Values<Column> {
  const sums: { [Name in Column]?: number } = {}
  for (const values of all)
    for (const column of columns) {
      const value = values[column]
      if (value !== undefined) sums[column] = (sums[column] ?? 0) + value
    }
  return sums
}
