import { parsePressure } from '../proc/pressure.ts'
import { field, lines, scaled, single } from './fields.ts'
import type { CgroupFileReader, CgroupStats, IoStats, MemoryStats } from './types.ts'

/** Reads a cgroup v2 (kernel: Documentation/admin-guide/cgroup-v2.rst). The controller a file belongs to is part of its name. */
export function readCgroupV2(read: CgroupFileReader): CgroupStats {
  const cpu = read('cpu', 'cpu.stat')
  const periods = field(cpu, 'nr_periods')
  return {
    cpu: {
      usageNanos: scaled(field(cpu, 'usage_usec'), 1000),
      userNanos: scaled(field(cpu, 'user_usec'), 1000),
      systemNanos: scaled(field(cpu, 'system_usec'), 1000),
      throttling:
        periods === undefined
          ? undefined
          : { periods, throttledPeriods: field(cpu, 'nr_throttled') ?? 0, throttledNanos: (field(cpu, 'throttled_usec') ?? 0) * 1000 },
    },
    memory: memory(read),
    io: io(read('io', 'io.stat')),
    pids: { current: single(read('pids', 'pids.current')), processes: lines(read('pids', 'cgroup.procs')), limit: single(read('pids', 'pids.max')) },
    pressure: pressure(read),
  }
}

function memory(read: CgroupFileReader): MemoryStats {
  const stat = read('memory', 'memory.stat')
  const events = read('memory', 'memory.events')
  const usageBytes = single(read('memory', 'memory.current'))
  return {
    usageBytes,
    workingSetBytes: usageBytes === undefined ? undefined : Math.max(0, usageBytes - (field(stat, 'inactive_file') ?? 0)),
    // cAdvisor: anonymous memory stands for v1's rss.
    rssBytes: field(stat, 'anon'),
    cacheBytes: field(stat, 'file'),
    mappedFileBytes: field(stat, 'file_mapped'),
    swapBytes: single(read('memory', 'memory.swap.current')),
    pageFaults: field(stat, 'pgfault'),
    majorPageFaults: field(stat, 'pgmajfault'),
    failures: field(events, 'max'),
    oomKills: field(events, 'oom_kill'),
    limitBytes: single(read('memory', 'memory.max')),
  }
}

function pressure(read: CgroupFileReader): CgroupStats['pressure'] {
  const [cpu, memory, io] = ['cpu', 'memory', 'io'].map((resource) => parsePressure(read(resource, `${resource}.pressure`) ?? ''))
  return cpu || memory || io ? { cpu, memory, io } : undefined
}

/** Sums `8:0 rbytes=1 wbytes=2 rios=3 wios=4 …` over the devices. */
function io(text: string | undefined): IoStats {
  if (text === undefined) return {}
  const sums: Record<string, number> = { rbytes: 0, wbytes: 0, rios: 0, wios: 0 }
  for (const [, name, value] of text.matchAll(/\b(rbytes|wbytes|rios|wios)=(\d+)/g)) sums[name as string] = (sums[name as string] ?? 0) + Number(value)
  return { readBytes: sums.rbytes, writeBytes: sums.wbytes, reads: sums.rios, writes: sums.wios }
}
