/** A port of the node that leads to one of the pod. */
export interface PortMapping {
  readonly containerPort: number
  readonly hostPort: number
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly hostIp?: string
}

/** What its resolv.conf says. */
export interface DnsConfig {
  readonly servers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

/** `pod`: shared by the pod's containers through the sandbox. `node`: the host's. `container`: each its own (pid only). */
export interface NamespaceModes {
  readonly network: 'pod' | 'node'
  readonly pid: 'pod' | 'node' | 'container'
  readonly ipc: 'pod' | 'node'
  /** The pod's own; absent: the node's. */
  readonly user?: UserNamespace
}

/** User and group ids of a user namespace: those from 0 on in it are those from `hostId` on of the node. */
export interface UserNamespace {
  readonly hostId: number
  readonly length: number
}

/** Cgroup settings as the engine takes them. Absent means no limit. */
export interface LinuxResources {
  /** cpu.shares, at least 2. */
  readonly cpuShares?: number
  /** CFS quota and period in microseconds. */
  readonly cpuQuota?: number
  readonly cpuPeriod?: number
  readonly memoryLimitBytes?: number
  /** Clamped by the engine to what the agent may set. */
  readonly oomScoreAdj?: number
  readonly pidsLimit?: number
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limitBytes: number }[]
}

/** As whom it runs, and what it may do. Absent means the image's or the engine's own. */
export interface SecuritySettings {
  readonly runAsUser?: string
  readonly runAsGroup?: number
  readonly supplementalGroups?: readonly number[]
  /** Those alone, without the groups that the image gives its user. Absent: both. */
  readonly strictSupplementalGroups?: boolean
  readonly privileged?: boolean
  readonly noNewPrivileges?: boolean
  readonly readOnlyRootFilesystem?: boolean
  readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] }
  /** `unconfined`, `runtime/default` or an absolute path. */
  readonly seccompProfile?: string
  readonly appArmorProfile?: string
  readonly selinux?: { readonly user?: string; readonly role?: string; readonly type?: string; readonly level?: string }
  /** Absent: the engine's defaults. Empty: none (procMount Unmasked). */
  readonly maskedPaths?: readonly string[]
  readonly readonlyPaths?: readonly string[]
}

/** A file or directory of the node inside a container. */
export interface Mount {
  readonly hostPath: string
  readonly containerPath: string
  readonly readOnly: boolean
  readonly propagation?: 'private' | 'rslave' | 'rshared'
  /** Read-only with all that is mounted below it. */
  readonly recursiveReadOnly?: boolean
  /** The files of an image, of a path in it; `hostPath` is ''. */
  readonly image?: { readonly id: string; readonly reference: string; readonly subPath?: string }
}

/** A device of the node inside a container. `permissions`: of `rwm`. */
export interface Device {
  readonly hostPath: string
  readonly containerPath: string
  readonly permissions: string
}
