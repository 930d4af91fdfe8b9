import { readFile } from 'node:fs/promises'
import type Docker from 'dockerode'
import type { Logger } from '../../base/log.ts'
import type { LinuxResources } from '../engine.ts'

/** linux/capability.h: who lacks it may not lower an oom_score_adj below its own. */
const CAP_SYS_RESOURCE = 24n

/** Returns what an asked oom_score_adj may be. */
export type OomScoreClamp = (asked: number | undefined) => number | undefined

/**
 * Reads what this process may set: the engine, started beside the agent, is bound by the same rule, and runc fails a start that breaks it.
 * Where it may not go lower, the process's own score is the floor, and that is logged once.
 */
export async function oomScoreClamp(log: Logger): Promise<OomScoreClamp> {
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  if ((effective >> CAP_SYS_RESOURCE) & 1n) return (asked) => asked
  const floor = Number(await readFile('/proc/self/oom_score_adj', 'utf8'))
  let told = false
  return (asked) => {
    if (asked === undefined || asked >= floor) return asked
    if (!told) log.warn('oom_score_adj cannot go below the agent’s own without CAP_SYS_RESOURCE: clamped', { asked, floor })
    told = true
    return floor
  }
}

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
export function givenResources(host: Docker.HostConfig): LinuxResources {
  return {
    cpuShares: host.CpuShares || undefined,
    cpuQuota: host.CpuQuota || undefined,
    cpuPeriod: host.CpuPeriod || undefined,
    memoryLimitBytes: host.Memory || undefined,
    oomScoreAdj: host.OomScoreAdj,
    pidsLimit: host.PidsLimit || undefined,
  }
}
