import { readFile, realpath } from 'node:fs/promises'
import { run } from '../base/spawn.ts'
import { mountPointsWithin, parseMountInfo } from './mount-table.ts'
import type { Mounter } from './volume.ts'

/** A mounter that can list what is mounted below a directory, deepest first. */
export interface ListingMounter extends Mounter {
  mountPointsWithin(directory: string): Promise<readonly string[]>
}

/** The host's mount table by mount(8) and umount(8). Needs CAP_SYS_ADMIN. */
export const systemMounter: ListingMounter = {
  async mountTmpfs(path, { sizeBytes }) {
    const options = sizeBytes === undefined ? [] : ['-o', `size=${Math.ceil(sizeBytes)}`]
    await run('mount', ['--no-canonicalize', '-t', 'tmpfs', ...options, 'tmpfs', path])
  },
  async mountFilesystem(type, source, target, options) {
    await run('mount', ['-t', type, ...(options.length > 0 ? ['-o', options.join(',')] : []), '--', source, target])
  },
  async bindMount(source, target, { readOnly }) {
    // Not canonicalized: the source may be /proc/<pid>/fd/<n>, which holds what a path could lose to a swapped symlink.
    await run('mount', ['--no-canonicalize', '--bind', source, target])
    if (!readOnly) return
    try {
      // A bind takes its source's flags; read-only needs a second step.
      await run('mount', ['--no-canonicalize', '-o', 'remount,bind,ro', target])
    } catch (error) {
      await run('umount', ['--no-canonicalize', target])
      throw error
    }
  },
  async unmount(path) {
    const point = await canonical(path)
    if (point === undefined || !(await mountPoints(point)).includes(point)) return
    try {
      await run('umount', ['--no-canonicalize', point])
    } catch (error) {
      if ((await mountPoints(point)).includes(point)) throw error
    }
  },
  async isMountPoint(path) {
    const point = await canonical(path)
    return point !== undefined && (await mountPoints(point)).includes(point)
  },
  async mountPointsWithin(directory) {
    const point = await canonical(directory)
    return point === undefined ? [] : mountPoints(point)
  },
}

async function mountPoints(directory: string): Promise<string[]> {
  return mountPointsWithin(parseMountInfo(await readFile('/proc/self/mountinfo', 'latin1')), toLatin1(directory)).map(fromLatin1)
}

// Paths are bytes to the kernel; latin1 keeps every byte while the table is parsed.
const toLatin1 = (path: string) => Buffer.from(path, 'utf8').toString('latin1')
const fromLatin1 = (path: string) => Buffer.from(path, 'latin1').toString('utf8')

async function canonical(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Remembers mounts and makes none: for simulated nodes. Touches no disk. */
export function memoryMounter(): ListingMounter {
  const mounted = new Set<string>()
  const within = (directory: string) =>
    [...mounted].filter((point) => point === directory || point.startsWith(`${directory}/`)).sort((a, b) => b.split('/').length - a.split('/').length)
  return {
    mountTmpfs: async (path) => void mounted.add(path),
    mountFilesystem: async (_type, _source, target) => void mounted.add(target),
    bindMount: async (_source, target) => void mounted.add(target),
    unmount: async (path) => void mounted.delete(path),
    isMountPoint: async (path) => mounted.has(path),
    mountPointsWithin: async (directory) => within(directory),
  }
}
