import type { DeviceIo } from '../../stats/cgroup/types.ts'
import type { CgroupSample } from '../../stats/sampler.ts'
import type { ContainerSnapshot } from '../snapshot.ts'

/** Several containers as one, such as a pod's; undefined without any. */
export function containerSum(containers: readonly ContainerSnapshot[]): CgroupSample | undefined {
  const samples = containers.map(({ sample }) => sample)
  if (samples.length === 0) return undefined
  const total = (of: (sample: CgroupSample) => number | undefined) =>
    samples.some((each) => of(each) !== undefined) ? samples.reduce((all, each) => all + (of(each) ?? 0), 0) : undefined
  return {
    at: Math.max(...samples.map(({ at }) => at)),
    cpu: { usageNanos: total(({ cpu }) => cpu.usageNanos), userNanos: total(({ cpu }) => cpu.userNanos), systemNanos: total(({ cpu }) => cpu.systemNanos) },
    memory: {
      usageBytes: total(({ memory }) => memory.usageBytes),
      workingSetBytes: total(({ memory }) => memory.workingSetBytes),
      rssBytes: total(({ memory }) => memory.rssBytes),
      cacheBytes: total(({ memory }) => memory.cacheBytes),
      mappedFileBytes: total(({ memory }) => memory.mappedFileBytes),
      kernelBytes: total(({ memory }) => memory.kernelBytes),
      swapBytes: total(({ memory }) => memory.swapBytes),
      pageFaults: total(({ memory }) => memory.pageFaults),
      majorPageFaults: total(({ memory }) => memory.majorPageFaults),
    },
    io: {
      readBytes: total(({ io }) => io.readBytes),
      writeBytes: total(({ io }) => io.writeBytes),
      reads: total(({ io }) => io.reads),
      writes: total(({ io }) => io.writes),
      devices: byDevice(samples.flatMap(({ io }) => io.devices ?? [])),
    },
    pids: { current: total(({ pids }) => pids.current), processes: total(({ pids }) => pids.processes) },
  }
}

function byDevice(all: readonly DeviceIo[]): readonly DeviceIo[] {
  const sums = new Map<string, DeviceIo>()
  for (const each of all) {
    const { readBytes, writeBytes, reads, writes } = sums.get(each.device) ?? none
    sums.set(each.device, {
      device: each.device,
      readBytes: readBytes + each.readBytes,
      writeBytes: writeBytes + each.writeBytes,
      reads: reads + each.reads,
      writes: writes + each.writes,
    })
  }
  return [...sums.values()]
}

const none = { readBytes: 0, writeBytes: 0, reads: 0, writes: 0 }
