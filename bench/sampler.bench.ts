import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../src/base/clock.ts'
import { type CgroupLocation, cgroupAt, detectCgroupLayout } from '../src/stats/cgroup/layout.ts'
import type { CgroupFileReader } from '../src/stats/cgroup/types.ts'
import { readCgroupV1 } from '../src/stats/cgroup/v1.ts'
import { readCgroupV2 } from '../src/stats/cgroup/v2.ts'
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

/** The controllers that the sampler asks. */
const controllers = ['cpu', 'cpuacct', 'memory', 'blkio', 'pids']

function directoriesOf(location: CgroupLocation): string[] {
  if (location.version === 2) return [location.directory]
  return [...new Set(controllers.flatMap((controller) => location.directories.get(controller) ?? []))]
}

/** What the sampler reads of it: whatever it asks for that is there. */
function filesOf(location: CgroupLocation): string[] {
  const files = new Set<string>()
  const look: CgroupFileReader = (controller, file) => {
    const path = join(location.version === 2 ? location.directory : (location.directories.get(controller) ?? '/'), file)
    if (!existsSync(path)) return undefined
    files.add(path)
    return readFileSync(path, 'utf8')
  }
  if (location.version === 2) readCgroupV2(look)
  else readCgroupV1(look)
  return [...files]
}

function row(what: string, work: () => void) {
  work()
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round++) work()
  const { user, system } = process.cpuUsage(before)
  return { what, 'cpu ms': Number(((user + system) / 1000 / rounds).toFixed(2)) }
}

if (import.meta.main) await run()
