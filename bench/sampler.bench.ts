import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../src/base/clock.ts'
import { type CgroupLocation, cgroupAt, detectCgroupLayout } from '../src/stats/cgroup/layout.ts'
import { createSampler } from '../src/stats/sampler.ts'

const containers = 200
const rounds = 30
/** Per sample of all containers. */
const targetMs = 20

/** CPU time of one sample of 200 cgroups, beside reading the same files and making nothing of them. Needs root (it makes empty cgroups). */
export async function run(): Promise<void> {
  const layout = detectCgroupLayout()
  const locations = Array.from({ length: containers }, (_, index) => cgroupAt(layout, `/psd-bench-${process.pid}-${index}`))
  const directories = locations.flatMap(directoriesOf)
  try {
    for (const directory of directories) mkdirSync(directory, { recursive: true })
    using sampler = createSampler({ clock: systemClock })
    for (const [index, location] of locations.entries()) sampler.add(String(index), location)
    const files = locations.flatMap(filesOf)
    const handles = files.map((file) => openSync(file, 'r'))
    const buffer = Buffer.alloc(16_384)
    console.table([
      row(`sampler, ${sampler.sample().size} containers`, () => sampler.sample()),
      row(`read the ${files.length} files, held open`, () => handles.forEach((handle) => void readSync(handle, buffer, 0, buffer.length, 0))),
      row(`readFileSync the ${files.length} files`, () => files.forEach((file) => void readFileSync(file))),
      { what: 'target', 'cpu ms': targetMs },
    ])
    for (const handle of handles) closeSync(handle)
  } finally {
    for (const directory of directories) if (existsSync(directory)) rmdirSync(directory)
  }
}

const v1Files: Readonly<Record<string, readonly string[]>> = {
  cpu: ['cpu.stat'],
  cpuacct: ['cpuacct.stat', 'cpuacct.usage'],
  memory: ['memory.stat', 'memory.usage_in_bytes', 'memory.limit_in_bytes', 'memory.failcnt', 'memory.oom_control'],
  blkio: ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive'],
  pids: ['pids.current', 'pids.max'],
}
const v2Files = ['cpu.stat', 'memory.stat', 'memory.current', 'memory.max', 'memory.events', 'memory.swap.current', 'io.stat', 'pids.current', 'pids.max']

function directoriesOf(location: CgroupLocation): string[] {
  if (location.version === 2) return [location.directory]
  return Object.keys(v1Files).flatMap((controller) => location.directories.get(controller) ?? [])
}

function filesOf(location: CgroupLocation): string[] {
  const files =
    location.version === 2
      ? v2Files.map((file) => join(location.directory, file))
      : Object.entries(v1Files).flatMap(([controller, names]) => names.map((name) => join(location.directories.get(controller) ?? '', name)))
  return files.filter((file) => existsSync(file))
}

function row(what: string, work: () => void) {
  work()
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round++) work()
  const { user, system } = process.cpuUsage(before)
  return { what, 'cpu ms': Number(((user + system) / 1000 / rounds).toFixed(2)) }
}

if (import.meta.main) await run()
