import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A process as cAdvisor's `ps` tells of it. Sizes in bytes. */
export interface ProcessInfo {
  readonly user: string
  readonly pid: number
  readonly parent_pid: number
  /** `HH:MM`, or the day when it is not of the last 24 hours, as ps(1) shows it. */
  readonly start_time: string
  readonly percent_cpu: number
  readonly percent_mem: number
  readonly rss: number
  readonly virtual_size: number
  readonly status: string
  readonly running_time: string
  readonly cgroup_path: string
  readonly cmd: string
  readonly fd_count: number
  readonly psr: number
}

const ticksPerSecond = 100
const pageBytes = 4096

/** The processes of a cgroup (all of the machine's for `/`) and of those below it. Command lines are left out, since they may hold secrets; `cmd` is the program's name. */
export async function processList(cgroup: string, memoryBytes: number, procRoot = '/proc'): Promise<ProcessInfo[]> {
  const users = parsePasswd(await read('/etc/passwd'))
  const uptime = Number((await read(join(procRoot, 'uptime'))).split(' ')[0])
  const pids = (await readdir(procRoot)).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(pids.map((pid) => processInfo(Number(pid), { procRoot, uptime, memoryBytes, cgroup, users })))
  return all.filter((each) => each !== undefined)
}

interface Surroundings {
  readonly procRoot: string
  readonly uptime: number
  readonly memoryBytes: number
  readonly cgroup: string
  readonly users: ReadonlyMap<string, string>
}

/** Undefined when it is of another cgroup, or gone. */
async function processInfo(pid: number, { procRoot, uptime, memoryBytes, cgroup, users }: Surroundings): Promise<ProcessInfo | undefined> {
  const directory = join(procRoot, String(pid))
  const path = parseCgroupPath(await read(join(directory, 'cgroup')))
  if (path === undefined || (cgroup !== '/' && path !== cgroup && !path.startsWith(`${cgroup}/`))) return undefined
  const [stat, status, fds] = await Promise.all([
    read(join(directory, 'stat')),
    read(join(directory, 'status')),
    readdir(join(directory, 'fd')).then(
      ({ length }) => length,
      () => 0,
    ),
  ])
  const parsed = parseStat(stat)
  if (!parsed) return undefined
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1] ?? '0'
  const elapsed = Math.max(0.01, uptime - parsed.startTicks / ticksPerSecond)
  const seconds = parsed.cpuTicks / ticksPerSecond
  const started = new Date(Date.now() - elapsed * 1000)
  return {
    user: users.get(uid) ?? uid,
    pid,
    parent_pid: parsed.parent,
    start_time: elapsed < 86_400 ? started.toISOString().slice(11, 16) : started.toUTCString().slice(8, 11) + started.toUTCString().slice(5, 7),
    percent_cpu: Math.round((seconds / elapsed) * 1000) / 10,
    percent_mem: Math.round(((parsed.residentPages * pageBytes) / memoryBytes) * 1000) / 10,
    rss: parsed.residentPages * pageBytes,
    virtual_size: parsed.virtualBytes,
    status: parsed.state,
    running_time: hoursMinutesSeconds(seconds),
    // cAdvisor tells it for the machine's list alone.
    cgroup_path: cgroup === '/' ? path : '',
    cmd: parsed.command,
    fd_count: fds,
    psr: parsed.processor,
  }
}

/** Fields of /proc/<pid>/stat (proc(5)); the name may hold blanks and brackets. */
export function parseStat(text: string) {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < 0) return undefined
  const rest = text.slice(close + 2).split(' ')
  const field = (number: number) => Number(rest[number - 3] ?? 0)
  return {
    command: text.slice(open + 1, close),
    state: rest[0] ?? '',
    parent: field(4),
    cpuTicks: field(14) + field(15),
    startTicks: field(22),
    virtualBytes: field(23),
    residentPages: field(24),
    processor: field(39),
  }
}

/** `HH:MM:SS`; hours may be more than a day's. */
function hoursMinutesSeconds(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
}

/** v2's line `0::/path`, or v1's of the CPU. */
function parseCgroupPath(text: string): string | undefined {
  return /^0::(\/.*)$/m.exec(text)?.[1] ?? /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(\/.*)$/m.exec(text)?.[1]
}

const parsePasswd = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const [name, , uid] = line.split(':')
      return name && uid ? [[uid, name]] : []
    }),
  )

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
