import type { FilesystemStats } from '../stats/filesystem.ts'
import type { MachineInfo } from '../stats/machine-info.ts'
import type { NodeStats } from '../stats/node-stats.ts'
import type { InterfaceStats } from '../stats/proc/network.ts'
import type { CgroupSample } from '../stats/sampler.ts'

/** Bytes and inodes below a directory. `at` is when it was measured, wall-clock ms. */
export interface DiskUse {
  readonly at: number
  readonly bytes: number
  readonly inodes: number
}

export interface ContainerSnapshot {
  readonly name: string
  readonly id: string
  /** Which try of this container it is, from 0. */
  readonly attempt: number
  /** Path below the cgroup root. */
  readonly cgroup: string
  readonly image: string
  /** Wall-clock ms. */
  readonly startedAt: number | undefined
  readonly sample: CgroupSample
  /** The writable layer and the log files; absent until measured. */
  readonly rootfs?: DiskUse
  readonly logs?: DiskUse
  /** From the spec: thousandths of a core and bytes; absent: none. */
  readonly limits: { readonly cpuMilli?: number; readonly memoryBytes?: number }
  readonly requests: { readonly cpuMilli?: number; readonly memoryBytes?: number }
}

export interface VolumeSnapshot {
  readonly name: string
  readonly use: DiskUse
  /** Of a file system of its own (tmpfs), or of a volume that tells itself; absent: the node's. */
  readonly filesystem?: FilesystemStats
  /** The pod's claim that it is bound to. */
  readonly claim?: string
}

export interface PodSnapshot {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly startedAt: number | undefined
  readonly cgroup: string | undefined
  readonly containers: readonly ContainerSnapshot[]
  /** Empty with the host's network. */
  readonly network: readonly InterfaceStats[]
  readonly networkAt: number
  readonly volumes: readonly VolumeSnapshot[]
}

/** What cAdvisor's labels and figures name of the machine beside `MachineInfo`. Devices by their paths, '' where there is none. */
export interface NodeHost {
  readonly cgroupVersion: 1 | 2
  /** 0 where the kernel does not tell. */
  readonly sockets: number
  readonly physicalCores: number
  /** Of the file systems that hold the node's and the images' data. */
  readonly nodefsDevice: string
  readonly imagefsDevice: string
  /** Block devices in use by `major:minor`. */
  readonly devices: ReadonlyMap<string, string>
}

/** The agent's own process. CPU in nanoseconds, memory in bytes, start in wall-clock ms. */
export interface AgentProcess {
  readonly startedAt: number
  readonly cpuNanos: number
  /** Cores in use of late, in billionths. */
  readonly usageNanoCores?: number
  readonly rssBytes: number
}

/** Everything the node's statistics pages show, at one moment; they are all made from this. */
export interface NodeSnapshot {
  readonly nodeName: string
  readonly machine: MachineInfo
  readonly host: NodeHost
  /** Wall-clock ms. */
  readonly bootedAt: number
  /** Absent before the first sample. */
  readonly stats: NodeStats | undefined
  readonly usageNanoCores: number | undefined
  readonly nodefs: FilesystemStats | undefined
  /** The node's own when the images live there. */
  readonly imagefs: FilesystemStats | undefined
  /** Absent when writable layers live with the images. */
  readonly containerfs?: FilesystemStats | undefined
  readonly pods: readonly PodSnapshot[]
  readonly agent: AgentProcess
}
