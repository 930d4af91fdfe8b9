/** CPU time since boot, in nanoseconds. */
export interface CpuTime {
  /** All but idle and waiting for I/O. */
  readonly usageNanos: number
  readonly idleNanos: number
}

export interface NodeCpu extends CpuTime {
  /** By core number; offline cores are missing. */
  readonly cores: ReadonlyMap<number, CpuTime>
}

// USER_HZ is 100 on every Linux that Node runs on.
const tickNanos = 10_000_000

/** Parses `/proc/stat`. */
export function parseProcStat(text: string): NodeCpu {
  const cores = new Map<number, CpuTime>()
  let all: CpuTime = { usageNanos: 0, idleNanos: 0 }
  for (const [, core, times] of text.matchAll(/^cpu(\d*) +(.*)$/gm)) {
    const time = cpuTime((times ?? '').split(' ').map(Number))
    if (core === '') all = time
    else cores.set(Number(core), time)
  }
  return { ...all, cores }
}

// user nice system idle iowait irq softirq steal guest guest_nice; guest time is in user already, stolen time is not ours.
function cpuTime([user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0]: number[]): CpuTime {
  return { usageNanos: (user + nice + system + irq + softirq) * tickNanos, idleNanos: (idle + iowait) * tickNanos }
}
