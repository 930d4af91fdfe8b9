import { DeviceSums } from './device-io.ts'
import { field, lines, scaled, single } from './fields.ts'
import type { CgroupFileReader, CgroupStats, IoStats, MemoryStats } from './types.ts'

// "No limit" is the largest whole page: anything near 2^63 means it.
const noLimit = 2 ** 62
// cpuacct.stat counts in USER_HZ, 100 on every Linux that Node runs on.
const tickNanos = 10_000_000

/** Reads a cgroup v1 (kernel: Documentation/admin-guide/cgroup-v1). */
export function readCgroupV1(read: CgroupFileReader): CgroupStats {
  const cpuStat = read('cpu', 'cpu.stat')
  const acct = read('cpuacct', 'cpuacct.stat')
  const periods = field(cpuStat, 'nr_periods')
  return {
    cpu: {
      usageNanos: single(read('cpuacct', 'cpuacct.usage')),
      userNanos: scaled(field(acct, 'user'), tickNanos),
      systemNanos: scaled(field(acct, 'system'), tickNanos),
      throttling:
        periods === undefined
          ? undefined
          : { periods, throttledPeriods: field(cpuStat, 'nr_throttled') ?? 0, throttledNanos: field(cpuStat, 'throttled_time') ?? 0 },
    },
    memory: memory(read),
    io: io(read),
    pids: { current: single(read('pids', 'pids.current')), processes: lines(read('pids', 'cgroup.procs')), limit: single(read('pids', 'pids.max')) },
  }
}

function memory(read: CgroupFileReader): MemoryStats {
  const stat = read('memory', 'memory.stat')
  // The total_ fields count the cgroup's children too, as the usage does.
  const total = (name: string) => field(stat, `total_${name}`) ?? field(stat, name)
  const usageBytes = single(read('memory', 'memory.usage_in_bytes'))
  const limit = single(read('memory', 'memory.limit_in_bytes'))
  return {
    usageBytes,
    workingSetBytes: usageBytes === undefined ? undefined : Math.max(0, usageBytes - (total('inactive_file') ?? 0)),
    rssBytes: total('rss'),
    cacheBytes: total('cache'),
    mappedFileBytes: total('mapped_file'),
    maxUsageBytes: single(read('memory', 'memory.max_usage_in_bytes')),
    kernelBytes: single(read('memory', 'memory.kmem.usage_in_bytes')),
    swapBytes: total('swap'),
    pageFaults: total('pgfault'),
    majorPageFaults: total('pgmajfault'),
    failures: single(read('memory', 'memory.failcnt')),
    oomKills: field(read('memory', 'memory.oom_control'), 'oom_kill'),
    limitBytes: limit === undefined || limit >= noLimit ? undefined : limit,
  }
}

function io(read: CgroupFileReader): IoStats {
  const bytes = read('blkio', 'blkio.throttle.io_service_bytes_recursive') ?? read('blkio', 'blkio.throttle.io_service_bytes')
  const operations = read('blkio', 'blkio.throttle.io_serviced_recursive') ?? read('blkio', 'blkio.throttle.io_serviced')
  if (bytes === undefined && operations === undefined) return {}
  const sums = new DeviceSums()
  // `8:0 Read 4096`
  for (const [, device = '', operation, value] of (bytes ?? '').matchAll(line))
    sums.add(device, operation === 'Read' ? 'readBytes' : 'writeBytes', Number(value))
  for (const [, device = '', operation, value] of (operations ?? '').matchAll(line)) sums.add(device, operation === 'Read' ? 'reads' : 'writes', Number(value))
  return sums.total()
}

const line = /^(\d+:\d+) (Read|Write) (\d+)$/gm
