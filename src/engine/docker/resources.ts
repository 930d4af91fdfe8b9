import type Docker from 'dockerode'
import type { LinuxResources } from '../settings.ts'
import type { ContainerDetails } from './answers.ts'

/** Cgroup settings in Docker's names. Docker has none for huge pages. */
export function hostResources(resources: LinuxResources): Docker.HostConfig {
  const memory = resources.memoryLimitBytes
  return {
    CpuShares: resources.cpuShares,
    CpuQuota: resources.cpuQuota,
    CpuPeriod: resources.cpuPeriod,
    PidsLimit: resources.pidsLimit,
    // Equal to the memory limit: no swap, as Kubernetes has it.
    ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
  }
}

/** Docker writes 0 for what is not set. */
export function givenResources(host: ContainerDetails['HostConfig']): LinuxResources {
  return {
    cpuShares: host.CpuShares || undefined,
    cpuQuota: host.CpuQuota || undefined,
    cpuPeriod: host.CpuPeriod || undefined,
    memoryLimitBytes: host.Memory || undefined,
    oomScoreAdj: host.OomScoreAdj ?? undefined,
    pidsLimit: host.PidsLimit || undefined,
  }
}
