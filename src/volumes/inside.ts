import { closeSync, constants, readlinkSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import { bytesAsText } from '../base/bytes-as-text.ts'
import { TreeError } from './tree/tree-error.ts'
import { atOnce, byThreads, type WalkCalls } from './tree/walk-calls.ts'

/** A path leads out of its root, or would only by a symlink. */
export class OutsideRootError extends Error {
  override readonly name = 'OutsideRootError'
  readonly root: string
  readonly path: string

  constructor(root: string, path: string, why: string) {
    super(`${JSON.stringify(path)} ${why} (below ${root})`)
    this.root = root
    this.path = path
  }
}

/** What a path inside a root was when it was looked at; the handle holds that very file whatever happens to the path after. */
export interface InsideTarget extends AsyncDisposable {
  /** Real path: no symlink in it at the time. */
  readonly path: string
  readonly isDirectory: boolean
  /** A regular file. */
  readonly isFile: boolean
  /** What tells it from others. */
  readonly device: number
  readonly inode: number
  /** `/proc/<pid>/fd/<n>`: names the held file for other programs while this is open. */
  readonly heldPath: string
}

/** One path segment below `root`, e.g. a volume's or container's name. Throws `OutsideRootError`. */
export function nameInside(root: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes(sep) || name.includes('\0')) throw new OutsideRootError(root, name, 'is not a single name')
  return join(root, name)
}

export interface InsideOptions {
  /** Missing directories are made. */
  readonly create?: boolean
  /** Of what is made; default 0750, as the kubelet's. */
  readonly mode?: number
  /** Symlinks that stay inside are followed, as the kubelet does where it is a pod that made them. Default true. */
  readonly follow?: boolean
  /** The root is a directory of the agent's own, on the node's disk, not a volume: each step takes less than the way to a thread and back, and is done at once. */
  readonly own?: boolean
}

/**
 * Opens what `path` names below `root`. Symlinks that stay inside are followed; one that leads out is refused.
 * The final walk is by handles, segment by segment and following nothing, so a symlink swapped in meanwhile is refused too. Names may be bytes.
 * Throws `OutsideRootError`, or ENOENT when it is not there and not to be made.
 */
export async function openInside(
  root: string,
  path: string | Buffer,
  { create = false, mode = 0o750, follow = true, own = false }: InsideOptions = {},
): Promise<InsideTarget> {
  const calls = own ? atOnce : byThreads
  const shown = typeof path === 'string' ? path : bytesAsText(path)
  const segments = segmentsOf(root, narrow(path), shown)
  const base = await real(calls, narrow(root))
  const { existing, missing } = follow ? await resolveExisting(calls, base, segments) : { existing: join(base, ...segments), missing: [] }
  if (missing.length > 0 && !create) throw Object.assign(new Error(`ENOENT: no such file or directory: ${join(root, shown)}`), { code: 'ENOENT' })
  const inside = relative(base, existing)
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw new OutsideRootError(root, shown, 'leads out of its volume by a symlink')
  const present = inside === '' ? [] : inside.split(sep)
  return walk(calls, base, [...present, ...missing], create ? { mode, from: follow ? present.length : 0 } : undefined, () => {
    return new OutsideRootError(root, shown, follow ? 'changed into a symlink' : 'leads through a symlink')
  })
}

/** The real path of a subPath; see `openInside`. Holds only as long as nobody else can write there: bind `heldPath` where someone can. */
export async function safeSubPath(root: string, subPath: string, options: { create?: boolean; mode?: number } = {}): Promise<string> {
  await using target = await openInside(root, subPath, options)
  return target.path
}

/** Segments of a relative path that does not climb. */
export function splitSubPath(root: string, path: string): string[] {
  return segmentsOf(root, path, path)
}

function segmentsOf(root: string, path: string, shown: string): string[] {
  if (isAbsolute(path)) throw new OutsideRootError(root, shown, 'must be a relative path')
  if (path.includes('\0')) throw new OutsideRootError(root, shown, 'must not contain a zero byte')
  const segments = path.split(sep).filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) throw new OutsideRootError(root, shown, "must not contain '..'")
  return segments
}

// Paths are bytes to the kernel: while they are cut and joined, each byte is a character.
const narrow = (path: string | Buffer): string => (typeof path === 'string' ? Buffer.from(path) : path).toString('latin1')
const bytes = (path: string): Buffer => Buffer.from(path, 'latin1')
const real = async (calls: WalkCalls, path: string): Promise<string> => (await calls.realpath(bytes(path))).toString('latin1')

/** The real path of the longest part that exists, and the segments after it. */
async function resolveExisting(calls: WalkCalls, base: string, segments: readonly string[]): Promise<{ existing: string; missing: readonly string[] }> {
  let existing = base
  for (const [index, segment] of segments.entries()) {
    try {
      existing = await real(calls, join(existing, segment))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return { existing, missing: segments.slice(index) }
    }
    // Left the root: what lies beyond is none of our business, and coming back in does not mend it.
    if (existing !== base && !existing.startsWith(base === sep ? sep : base + sep)) return { existing, missing: [] }
  }
  return { existing, missing: [] }
}

/** Directories from the index `from` on are made where they are missing. */
interface Making {
  readonly mode: number
  readonly from: number
}

async function walk(
  calls: WalkCalls,
  base: string,
  segments: readonly string[],
  making: Making | undefined,
  swapped: () => OutsideRootError,
): Promise<InsideTarget> {
  let held = await calls.hold(bytes(base))
  let reached = 0
  try {
    for (const [index, segment] of segments.entries()) {
      reached = index
      if (making && index >= making.from) await makeBelow(calls, held, segment, making.mode)
      held = await step(calls, held, segment, swapped)
    }
    const found = await calls.stat(held)
    const descriptor = held
    return {
      path: readlinkSync(pathOf(descriptor)),
      isDirectory: found.isDirectory(),
      isFile: found.isFile(),
      device: found.dev,
      inode: found.ino,
      heldPath: `/proc/${process.pid}/fd/${descriptor}`,
      [Symbol.asyncDispose]: async () => closeSync(descriptor),
    }
  } catch (error) {
    closeSync(held)
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new TreeError(error as NodeJS.ErrnoException, bytesAsText(bytes(base)), segments.slice(0, reached + 1).map(bytes))
  }
}

const pathOf = (descriptor: number) => `/proc/self/fd/${descriptor}`
const entryOf = (parent: number, segment: string): Buffer => bytes(`${pathOf(parent)}/${segment}`)

/** openat(2) with O_NOFOLLOW, by way of /proc/self/fd. Closes the parent when it succeeds. */
async function step(calls: WalkCalls, parent: number, segment: string, swapped: () => OutsideRootError): Promise<number> {
  const child = await calls.hold(entryOf(parent, segment))
  let isLink: boolean
  try {
    isLink = (await calls.stat(child)).isSymbolicLink()
  } catch (error) {
    closeSync(child)
    throw error
  }
  if (isLink) {
    closeSync(child)
    throw swapped()
  }
  closeSync(parent)
  return child
}

async function makeBelow(calls: WalkCalls, parent: number, segment: string, mode: number): Promise<void> {
  const path = entryOf(parent, segment)
  try {
    await calls.mkdir(path, mode)
  } catch (error) {
    // Made by someone else meanwhile, or a dangling symlink: the step that follows tells them apart.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw error
  }
  const made = await calls.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY)
  try {
    // The umask cut what mkdir(2) was given.
    await calls.chmod(pathOf(made), mode)
  } finally {
    closeSync(made)
  }
}
