import type { FilesystemStats } from '../../src/stats/filesystem.ts'
import type { MachineInfo } from '../../src/stats/machine-info.ts'
import type { NodeStats } from '../../src/stats/node-stats.ts'

/** What the machine is; does not change while the agent runs. Sizes in bytes. */
export type MachineFacts = Pick<MachineInfo, 'memoryBytes' | 'machineId' | 'systemUuid' | 'bootId' | 'kernelVersion' | 'osImage' | 'architecture'> & {
  readonly cpus: number
  /** By page size, e.g. `2Mi`, in bytes. */
  readonly hugepageBytes: Readonly<Record<string, number>>
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
  readonly nodefs: FilesystemStats
  /** Absent when images live on the node's own file system. */
  readonly imagefs?: FilesystemStats
  /** Of what containers write, where that is apart from the images. */
  readonly containerfs?: FilesystemStats
  /** Images have a file system of their own, and writable layers with them unless there is a `containerfs`. */
  readonly dedicatedImagefs?: boolean
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
