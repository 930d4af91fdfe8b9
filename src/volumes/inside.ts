import { constants } from 'node:fs'
import { chmod, type FileHandle, mkdir, open, readlink, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'

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
  /** `/proc/<pid>/fd/<n>`: names the held file for other programs while this is open. */
  readonly heldPath: string
}

// open(2): O_PATH, the same number on x86-64 and arm64; Node has no name for it. It opens anything, sockets and devices too, without touching it.
const O_PATH = 0o10000000
const holdFlags = O_PATH | constants.O_NOFOLLOW

/** One path segment below `root`, e.g. a volume's or container's name. Throws `OutsideRootError`. */
export function nameInside(root: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes(sep) || name.includes('\0')) throw new OutsideRootError(root, name, 'is not a single name')
  return join(root, name)
}

/**
 * Opens what `path` names below `root`. Symlinks that stay inside are followed, as the kubelet does; one that leads out is refused.
 * The final walk is by handles, segment by segment and following nothing, so a symlink swapped in meanwhile is refused too.
 * With `create`, missing directories are made with `mode` (default 0750, as the kubelet's).
 * Throws `OutsideRootError`, or ENOENT when it is not there and not to be made.
 */
export async function openInside(root: string, path: string, options: { create?: boolean; mode?: number } = {}): Promise<InsideTarget> {
  const segments = splitSubPath(root, path)
  const base = await realpath(root)
  const { existing, missing } = await resolveExisting(base, segments)
  if (missing.length > 0 && !options.create) throw Object.assign(new Error(`ENOENT: no such file or directory: ${join(root, path)}`), { code: 'ENOENT' })
  const real = relative(base, existing)
  if (real === '..' || real.startsWith(`..${sep}`) || isAbsolute(real)) throw new OutsideRootError(root, path, 'leads out of its volume by a symlink')
  return walk(base, real === '' ? [] : real.split(sep), missing, options.mode ?? 0o750, () => new OutsideRootError(root, path, 'changed into a symlink'))
}

/** The real path of a subPath; see `openInside`. Holds only as long as nobody else can write there: bind `heldPath` where someone can. */
export async function safeSubPath(root: string, subPath: string, options: { create?: boolean; mode?: number } = {}): Promise<string> {
  await using target = await openInside(root, subPath, options)
  return target.path
}

/** Segments of a relative path that does not climb. */
export function splitSubPath(root: string, path: string): string[] {
  if (isAbsolute(path)) throw new OutsideRootError(root, path, 'must be a relative path')
  if (path.includes('\0')) throw new OutsideRootError(root, path, 'must not contain a zero byte')
  const segments = path.split(sep).filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) throw new OutsideRootError(root, path, "must not contain '..'")
  return segments
}

/** The real path of the longest part that exists, and the segments after it. */
async function resolveExisting(base: string, segments: readonly string[]): Promise<{ existing: string; missing: readonly string[] }> {
  let existing = base
  for (const [index, segment] of segments.entries()) {
    try {
      existing = await realpath(join(existing, segment))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return { existing, missing: segments.slice(index) }
    }
    // Left the root: what lies beyond is none of our business, and coming back in does not mend it.
    if (existing !== base && !existing.startsWith(base === sep ? sep : base + sep)) return { existing, missing: [] }
  }
  return { existing, missing: [] }
}

async function walk(
  base: string,
  present: readonly string[],
  missing: readonly string[],
  mode: number,
  swapped: () => OutsideRootError,
): Promise<InsideTarget> {
  let handle = await open(base, holdFlags)
  try {
    for (const segment of present) handle = await step(handle, segment, swapped)
    for (const segment of missing) {
      await makeBelow(handle, segment, mode)
      handle = await step(handle, segment, swapped)
    }
    const isDirectory = (await handle.stat()).isDirectory()
    const held = handle
    return {
      path: await readlink(descriptor(held)),
      isDirectory,
      heldPath: `/proc/${process.pid}/fd/${held.fd}`,
      [Symbol.asyncDispose]: () => held.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

const descriptor = (handle: FileHandle) => `/proc/self/fd/${handle.fd}`

/** openat(2) with O_NOFOLLOW, by way of /proc/self/fd. Closes the parent when it succeeds. */
async function step(parent: FileHandle, segment: string, swapped: () => OutsideRootError): Promise<FileHandle> {
  const child = await open(`${descriptor(parent)}/${segment}`, holdFlags)
  if ((await child.stat()).isSymbolicLink()) {
    await child.close()
    throw swapped()
  }
  await parent.close()
  return child
}

async function makeBelow(parent: FileHandle, segment: string, mode: number): Promise<void> {
  const path = `${descriptor(parent)}/${segment}`
  try {
    await mkdir(path, { mode })
  } catch (error) {
    // Made by someone else meanwhile, or a dangling symlink: the step that follows tells them apart.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw error
  }
  const made = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY)
  try {
    // The umask cut what mkdir(2) was given.
    await chmod(descriptor(made), mode)
  } finally {
    await made.close()
  }
}
