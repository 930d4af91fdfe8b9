import { readdir, readFile } from 'node:fs/promises'

/** CPU and memory of a process with all its threads, from /proc. */
export interface ProcessUse {
  /** User and system time in milliseconds; the kernel counts in ticks of 10 ms. */
  readonly cpuMs: number
  readonly rssKb: number
  readonly peakRssKb: number
}

/** Linux: USER_HZ is 100 on every architecture that Node runs on. */
const tickMs = 10

export async function processUse(pid: number): Promise<ProcessUse> {
  const [stat, status] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/status`, 'utf8')])
  // The program's name may hold spaces; what follows the last parenthesis is fields 3 and on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs, rssKb: kb('VmRSS'), peakRssKb: kb('VmHWM') }
}

/** CPU in milliseconds of a process's threads by their names: the node thread, those of actors, V8's own (it compiles and collects there), the file system's. */
export async function threadUse(pid: number): Promise<ReadonlyMap<string, number>> {
  const use = new Map<string, number>()
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const of = `/proc/${pid}/task/${thread}`
    // A thread may end as it is looked at.
    const [name, times] = await Promise.all([readFile(`${of}/comm`, 'utf8'), readFile(`${of}/schedstat`, 'utf8')]).catch(() => ['', ''] as const)
    if (name !== '') use.set(name.trim(), (use.get(name.trim()) ?? 0) + Number(times.split(' ')[0]) / 1e6)
  }
  return use
}
