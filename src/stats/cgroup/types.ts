import type { Pressure } from '../proc/pressure.ts'

/** What a cgroup used, since it was made unless said otherwise. Absent: this kernel does not tell. */
export interface CgroupStats {
  readonly cpu: CpuStats
  readonly memory: MemoryStats
  readonly io: IoStats
  readonly pids: PidStats
  /** Absent: no pressure stall information (v1, or switched off). */
  readonly pressure?: { readonly cpu?: Pressure; readonly memory?: Pressure; readonly io?: Pressure }
}

/** Counters in nanoseconds. */
export interface CpuStats {
  readonly usageNanos?: number
  readonly userNanos?: number
  readonly systemNanos?: number
  readonly throttling?: { readonly periods: number; readonly throttledPeriods: number; readonly throttledNanos: number }
}

/** Bytes, now. */
export interface MemoryStats {
  readonly usageBytes?: number
  /** Usage less inactive file cache: what the kubelet ranks and evicts by. */
  readonly workingSetBytes?: number
  readonly rssBytes?: number
  readonly cacheBytes?: number
  readonly mappedFileBytes?: number
  readonly maxUsageBytes?: number
  readonly kernelBytes?: number
  readonly swapBytes?: number
  readonly pageFaults?: number
  readonly majorPageFaults?: number
  /** How often the limit was hit. */
  readonly failures?: number
  readonly oomKills?: number
  /** Absent: no limit. */
  readonly limitBytes?: number
}

export interface IoStats {
  readonly readBytes?: number
  readonly writeBytes?: number
  readonly reads?: number
  readonly writes?: number
  /** What the sums are made of. */
  readonly devices?: readonly DeviceIo[]
}

/** One block device's share. */
export interface DeviceIo {
  /** `major:minor` */
  readonly device: string
  readonly readBytes: number
  readonly writeBytes: number
  readonly reads: number
  readonly writes: number
}

export interface PidStats {
  /** Tasks: processes and their threads. */
  readonly current?: number
  readonly processes?: number
  /** Absent: no limit. */
  readonly limit?: number
}

/** Gives the content of one of a cgroup's files, or undefined where there is none. With v1, of the given controller. */
export type CgroupFileReader = (controller: string, file: string) => string | undefined
