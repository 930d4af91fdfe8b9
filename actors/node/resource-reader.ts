import type { NodeStats } from '../../src/stats/node-stats.ts'

/** What the machine is; does not change while the agent runs. Sizes in bytes. */
export interface MachineFacts {
  readonly cpus: number
  readonly memoryBytes: number
  /** By page size, e.g. `2Mi`, in bytes. */
  readonly hugepageBytes: Readonly<Record<string, number>>
  readonly machineId: string
  readonly systemUuid: string
  readonly bootId: string
  readonly kernelVersion: string
  readonly osImage: string
  /** As Go names it: `amd64`, `arm64`. */
  readonly architecture: string
}

export interface FilesystemUse {
  readonly capacityBytes: number
  readonly availableBytes: number
  readonly inodes: number
  readonly inodesFree: number
  readonly usedBytes: number
  readonly inodesUsed: number
}

/** What the machine uses just now. */
export interface ResourceSample {
  /** Wall-clock ms. */
  readonly at: number
  /** kubelet's memory.available: capacity less the working set. */
  readonly memoryAvailableBytes: number
  readonly memoryWorkingSetBytes: number
  /** Nanoseconds of CPU used since boot. */
  readonly cpuUsageNs: number
  readonly nodefs: FilesystemUse
  /** Absent when images live on the node's own file system. */
  readonly imagefs?: FilesystemUse
  readonly processes: number
  readonly maxProcesses: number
  readonly network: { readonly receivedBytes: number; readonly sentBytes: number }
  /** All that was read, for those who show it. */
  readonly stats?: NodeStats
}

/** Reads the machine; `src/stats` behind it, a scripted one in tests. */
export interface ResourceReader {
  machine(): MachineFacts
  sample(): Promise<ResourceSample>
}
