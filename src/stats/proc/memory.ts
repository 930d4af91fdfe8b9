/** `/proc/meminfo` in bytes (hugepage counts as they are), by the kernel's names. */
export type MemInfo = ReadonlyMap<string, number>

export function parseMemInfo(text: string): MemInfo {
  const fields = new Map<string, number>()
  for (const [, name, value, unit] of text.matchAll(/^([^:]+): +(\d+)( kB)?$/gm)) fields.set(name as string, Number(value) * (unit ? 1024 : 1))
  return fields
}

export interface NodeMemory {
  readonly totalBytes: number
  readonly availableBytes: number
  readonly usageBytes: number
  /** Usage less inactive file cache. */
  readonly workingSetBytes: number
  readonly rssBytes: number
  readonly pageFaults: number
  readonly majorPageFaults: number
  readonly swap: { readonly totalBytes: number; readonly usageBytes: number }
}

/** The node's memory from meminfo and `/proc/vmstat`, counted as the kubelet counts its root cgroup: available = total less working set. */
export function nodeMemory(info: MemInfo, vmstat: ReadonlyMap<string, number>): NodeMemory {
  const get = (name: string) => info.get(name) ?? 0
  const totalBytes = get('MemTotal')
  const usageBytes = totalBytes - get('MemFree')
  const workingSetBytes = Math.max(0, usageBytes - get('Inactive(file)'))
  return {
    totalBytes,
    usageBytes,
    workingSetBytes,
    availableBytes: totalBytes - workingSetBytes,
    rssBytes: get('AnonPages'),
    pageFaults: vmstat.get('pgfault') ?? 0,
    majorPageFaults: vmstat.get('pgmajfault') ?? 0,
    swap: { totalBytes: get('SwapTotal'), usageBytes: get('SwapTotal') - get('SwapFree') },
  }
}

/** Parses `name value` lines, such as `/proc/vmstat`. */
export function parseVmStat(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^(\S+) (\d+)$/gm)].map(([, name, value]) => [name as string, Number(value)]))
}
