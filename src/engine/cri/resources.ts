import type { linuxContainerResources } from '../../protobuf/cri/linux.ts'
import type { Given, Taken } from '../../protobuf/table.ts'
import type { LinuxResources } from '../settings.ts'

/** Cgroup settings in CRI's names; 0 is what is not set. It has none for processes: the pod's own cgroup bounds them. */
export function linuxResources(resources: LinuxResources): Given<typeof linuxContainerResources> {
  const { cpuShares, cpuQuota, cpuPeriod, memoryLimitBytes, oomScoreAdj, hugepageLimits = [] } = resources
  return {
    cpuShares,
    cpuQuota,
    cpuPeriod,
    memoryLimitInBytes: memoryLimitBytes,
    oomScoreAdj,
    hugepageLimits: hugepageLimits.map(({ pageSize, limitBytes }) => ({ pageSize, limit: limitBytes })),
  }
}

/** What a status tells of them. */
export function givenResources(linux: Taken<typeof linuxContainerResources> | undefined): LinuxResources {
  if (!linux) return {}
  return {
    cpuShares: linux.cpuShares || undefined,
    cpuQuota: linux.cpuQuota || undefined,
    cpuPeriod: linux.cpuPeriod || undefined,
    memoryLimitBytes: linux.memoryLimitInBytes || undefined,
    oomScoreAdj: linux.oomScoreAdj || undefined,
  }
}
