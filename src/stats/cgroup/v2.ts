import { parsePressure } from '../proc/pressure.ts'
import { DeviceSums } from './device-io.ts'
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
    maxUsageBytes: single(read('memory', 'memory.peak')),
    kernelBytes: field(stat, 'kernel'),
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

/** `8:0 rbytes=1 wbytes=2 rios=3 wios=4 …` for each device. */
function io(text: string | undefined): IoStats {
  if (text === undefined) return {}
  const sums = new DeviceSums()
  let device = ''
  for (const [, start, name = '', value] of text.matchAll(/^(\d+:\d+)|\b(rbytes|wbytes|rios|wios)=(\d+)/gm)) {
    if (start !== undefined) device = start
    else sums.add(device, columns[name as keyof typeof columns], Number(value))
  }
  return sums.total()
}

const columns = { rbytes: 'readBytes', wbytes: 'writeBytes', rios: 'reads', wios: 'writes' } as const
