import type { DiskReadings } from '../../actors/node/disk-meter.ts'
import type { ContainersObserved } from '../../actors/node/messages.ts'
import type { ResourceReader } from '../../actors/node/resource-reader.ts'
import type { ContainerId } from '../engine/engine.ts'
import type { SimulatedEngine } from '../engine/simulated/simulated-engine.ts'
import type { CgroupSample } from '../stats/sampler.ts'

/**
 * The machine under a simulated node: as large as the real one, and used by its simulated pods alone. However full the real one's disk is,
 * a simulated node is under pressure when its pods are made to use so much, and not otherwise.
 */
export function simulatedMachine(engine: SimulatedEngine, real: ResourceReader): ResourceReader {
  return {
    machine: () => real.machine(),
    async sample() {
      const sample = await real.sample()
      const { memoryBytes, diskBytes, processes } = engine.usage()
      const { capacityBytes, inodes } = sample.nodefs
      return {
        ...sample,
        memoryAvailableBytes: real.machine().memoryBytes - memoryBytes,
        memoryWorkingSetBytes: memoryBytes,
        nodefs: { capacityBytes, availableBytes: capacityBytes - diskBytes, usedBytes: diskBytes, inodes, inodesFree: inodes, inodesUsed: 0 },
        imagefs: undefined,
        dedicatedImagefs: false,
        processes,
      }
    },
  }
}

/** What a simulated container uses, as its cgroup would tell; undefined for one that was not made to use anything. */
export function simulatedSample(engine: SimulatedEngine, id: ContainerId, at: number): CgroupSample | undefined {
  const usage = engine.usageOf(id)
  if (!usage) return undefined
  const { memoryBytes, processes } = usage
  const memory = { usageBytes: memoryBytes, workingSetBytes: memoryBytes, rssBytes: memoryBytes }
  return { at, cpu: {}, memory, io: {}, pids: { current: processes, processes } }
}

/** What simulated containers have written to their layers. */
export function simulatedDisks(engine: SimulatedEngine, pods: readonly ContainersObserved[], at: number): DiskReadings {
  const used = pods
    .flatMap(({ containers }) => containers)
    .flatMap(({ id }) => {
      const bytes = engine.usageOf(id)?.diskBytes
      return bytes === undefined ? [] : [[id as string, { rootfs: { bytes, inodes: 1, at } }] as const]
    })
  return { containers: new Map(used), volumes: new Map() }
}
