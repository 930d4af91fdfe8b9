import { isUtf8 } from 'node:buffer'
import { readFile, realpath } from 'node:fs/promises'
import { posix } from 'node:path'
import { run } from '../base/spawn.ts'
import { type MountEntry, mountPointsWithin, parseMountInfo } from './mount-table.ts'
import { HeldDirectory } from './tree/held-directory.ts'
import type { Mounter } from './volume.ts'

/** A mounter that can list what is mounted below a directory, deepest first. */
export interface ListingMounter extends Mounter {
  mountPointsWithin(directory: string): Promise<readonly string[]>
}

/** The host's mount table by mount(8) and umount(8). Needs CAP_SYS_ADMIN. */
export const systemMounter: ListingMounter = {
  async mountTmpfs(path, { sizeBytes, again = false }) {
    const options = [...(again ? ['remount'] : []), ...(sizeBytes === undefined ? [] : [`size=${Math.ceil(sizeBytes)}`])]
    await run('mount', ['--no-canonicalize', '-t', 'tmpfs', ...(options.length > 0 ? ['-o', options.join(',')] : []), 'tmpfs', path])
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
    if (point === undefined || !isMounted(await table(), point)) return
    try {
      await umount(point)
    } catch (error) {
      if (isMounted(await table(), point)) throw error
    }
  },
  async isMountPoint(path) {
    const point = await canonical(path)
    return point !== undefined && isMounted(await table(), point)
  },
  async mountAt(path) {
    const point = await canonical(path)
    return point === undefined ? undefined : (await table()).findLast(({ mountPoint }) => mountPoint === point)
  },
  async mountPointsWithin(directory) {
    const point = await canonical(directory)
    return point === undefined ? [] : mountPointsWithin(await table(), point).map(pathOf)
  },
}

// Paths are bytes to the kernel; while the table is read, each byte is a character.
const table = async (): Promise<MountEntry[]> => parseMountInfo(await readFile('/proc/self/mountinfo', 'latin1'))
const isMounted = (entries: readonly MountEntry[], point: string): boolean => entries.some(({ mountPoint }) => mountPoint === point)

async function canonical(path: string): Promise<string | undefined> {
  try {
    return (await realpath(bytesOf(path), { encoding: 'buffer' })).toString('latin1')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    // Only the table has paths that no call takes.
    if (code === 'ENAMETOOLONG') return bytesOf(path).toString('latin1')
    throw error
  }
}

// A newline at the end of a name would be lost without the x.
const umountScript = `path=$(printf "$1"; printf x); exec umount --no-canonicalize "\${path%x}"`

/** Written in digits for the shell, since an argument here is text and a container's directory may have a name that is none. */
async function umount(point: string): Promise<void> {
  if (point.length < longestPath) return umountFrom(undefined, point)
  using parent = await openFar(posix.dirname(point))
  await umountFrom(parent.pathForOthers, `./${posix.basename(point)}`)
}

async function umountFrom(cwd: string | undefined, point: string): Promise<void> {
  const path = Buffer.from(point, 'latin1')
  if (isUtf8(path)) await run('umount', ['--no-canonicalize', path.toString()], { cwd })
  else await run('sh', ['-c', umountScript, 'sh', [...point].map(octal).join('')], { cwd })
}

/** PATH_MAX; with it goes the zero at the end. */
const longestPath = 4096

/** A directory whose path is longer than any path may be: some levels at a time. */
async function openFar(path: string): Promise<HeldDirectory> {
  let held = await HeldDirectory.open('/')
  const segments = path.split('/').filter((segment) => segment !== '')
  // A name has at most 255 bytes.
  for (let at = 0; at < segments.length; at += 15) {
    const next = await held.openBelow(Buffer.from(segments.slice(at, at + 15).join('/'), 'latin1')).finally(held[Symbol.dispose].bind(held))
    held = next
  }
  return held
}

const octal = (sign: string): string => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`

/** A path of bytes that are no UTF-8 goes round as text with each such byte as a lone surrogate, as Python's `surrogateescape` has it. */
function pathOf(point: string): string {
  const path = Buffer.from(point, 'latin1')
  return isUtf8(path) ? path.toString() : point.replace(/[\x80-\xff]/g, (sign) => String.fromCharCode(0xdc00 + sign.charCodeAt(0)))
}

function bytesOf(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path)
  return Buffer.from(
    path.replace(/[\udc80-\udcff]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xdc00)),
    'latin1',
  )
}

/** Remembers mounts and makes none: for simulated nodes. Touches no disk. */
export function memoryMounter(): ListingMounter {
  const mounted = new Set<string>()
  const within = (directory: string) =>
    [...mounted].filter((point) => point === directory || point.startsWith(`${directory}/`)).sort((a, b) => b.split('/').length - a.split('/').length)
  return {
    imagined: true,
    mountTmpfs: async (path) => void mounted.add(path),
    mountFilesystem: async (_type, _source, target) => void mounted.add(target),
    bindMount: async (_source, target) => void mounted.add(target),
    unmount: async (path) => void mounted.delete(path),
    isMountPoint: async (path) => mounted.has(path),
    mountPointsWithin: async (directory) => within(directory),
  }
}
