import { randomBytes } from 'node:crypto'
import { chmod, chown, lstat, mkdir, readdir, readFile, readlink, rename, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unlessGone } from '../base/unless-gone.ts'
import { dataLink, linkTo, type ShownNames, shownNames } from './shown-names.ts'
import { removeTree } from './tree/remove.ts'

/** One file of a volume. */
export interface PayloadFile {
  readonly data: Uint8Array
  /** Permission bits, e.g. 0o644. */
  readonly mode: number
  /** Owner, where it is not the agent's own user. */
  readonly uid?: number
}

/** Relative path (`a/b.txt`) to file. */
export type Payload = ReadonlyMap<string, PayloadFile>

/** A payload names a path that may not be written. */
export class PayloadPathError extends Error {
  override readonly name = 'PayloadPathError'
}

const nextDataLink = '..data_tmp'
// kubelet 1.32, atomic_writer.go
const longestPath = 4096
const longestName = 255

/** Refuses paths that are absolute, climb, start with `..`, or are longer than a file system takes. Returns it cleaned. */
export function payloadPath(path: string): string {
  const refuse = (why: string) => {
    throw new PayloadPathError(`invalid path ${JSON.stringify(path.slice(0, 100))}: ${why}`)
  }
  if (path === '') refuse('must not be empty')
  if (path.startsWith('/')) refuse('must be relative')
  if (path.includes('\0')) refuse('must not contain a zero byte')
  if (Buffer.byteLength(path) > longestPath) refuse(`must be at most ${longestPath} bytes`)
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.length === 0) refuse('must name a file')
  if (segments.includes('..')) refuse("must not contain '..'")
  // Such names are the writer's own.
  if (segments[0]?.startsWith('..')) refuse("must not start with '..'")
  if (segments.some((segment) => Buffer.byteLength(segment) > longestName)) refuse(`a name in it is longer than ${longestName} bytes`)
  return segments.join('/')
}

/**
 * Writes `payload` as the content of `directory` so that readers see all of the old or all of the new, never a mix:
 * the files go to a hidden directory named by the time, and the symlink `..data` is swapped to it by a rename.
 * Each first path segment is a symlink to `..data/<segment>`. Unchanged content swaps nothing; returns whether it did.
 * `prepare` sets owners and modes on the hidden directory before it is shown. Safe to call again after any crash; one writer at a time.
 * `mountPoints`: where other volumes are mounted below this one in a container (`a/b`); what is there is not the writer's, and stays through every update.
 */
export async function writeAtomically(
  directory: string,
  payload: Payload,
  { now, prepare, mountPoints = [] }: { now: number; prepare?: (dataDirectory: string) => Promise<void>; mountPoints?: readonly string[] },
): Promise<boolean> {
  const wanted = new Map([...payload].map(([path, file]) => [payloadPath(path), file]))
  refuseNesting(wanted)
  const current = await currentData(directory)
  const changed = current === undefined || !(await holds(join(directory, current), wanted))
  if (changed) {
    const name = `..${timestamp(now)}.${randomBytes(5).toString('hex')}`
    try {
      await writeFiles(join(directory, name), wanted)
      await prepare?.(join(directory, name))
      await removeTree(join(directory, nextDataLink))
      await symlink(name, join(directory, nextDataLink))
      await rename(join(directory, nextDataLink), join(directory, dataLink))
    } catch (error) {
      // A failure to clean up says less than what came before it; the next call cleans up too.
      await removeTree(join(directory, name)).catch(() => {})
      throw withoutName(error, name)
    }
  }
  await showNames(directory, shownNames([...wanted.keys()], mountPoints))
  await removeLeftovers(directory)
  return changed
}

/** The hidden directory has another name at each try: the same failure is to be told in the same words. */
function withoutName(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  return Object.assign(new Error(error.message.replaceAll(name, dataLink), { cause: error }), {
    code: (error as NodeJS.ErrnoException).code,
    syscall: error.syscall,
  })
}

/** `a` and `a/b` cannot both be files. */
function refuseNesting(files: ReadonlyMap<string, PayloadFile>): void {
  for (const path of files.keys()) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
      if (files.has(parent)) throw new PayloadPathError(`invalid path ${JSON.stringify(path)}: ${JSON.stringify(parent)} is a file of the same volume`)
    }
  }
}

async function currentData(directory: string): Promise<string | undefined> {
  try {
    const target = await readlink(join(directory, dataLink))
    // Only a name of the writer's own making is followed.
    return target.startsWith('..') && target.length > 2 && !target.includes('/') ? target : undefined
  } catch (error) {
    if (['ENOENT', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

async function holds(dataDirectory: string, wanted: ReadonlyMap<string, PayloadFile>): Promise<boolean> {
  try {
    const present = await readdir(dataDirectory, { recursive: true, withFileTypes: true })
    if (present.filter((entry) => !entry.isDirectory()).length !== wanted.size) return false
    for (const [path, { data }] of wanted) {
      if (!(await lstat(join(dataDirectory, path))).isFile()) return false
      if (Buffer.compare(await readFile(join(dataDirectory, path)), data) !== 0) return false
    }
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

async function writeFiles(dataDirectory: string, files: ReadonlyMap<string, PayloadFile>): Promise<void> {
  await makeDirectory(dataDirectory)
  const made = new Set(['.'])
  for (const [path, file] of files) {
    await makeParents(dataDirectory, dirname(path), made)
    const target = join(dataDirectory, path)
    await writeFile(target, file.data, { flag: 'wx', mode: 0o600 })
    if (file.uid !== undefined) await chown(target, file.uid, -1)
    // The mode given to open(2) is cut by the umask.
    await chmod(target, file.mode & 0o777)
  }
}

async function makeParents(root: string, path: string, made: Set<string>): Promise<void> {
  if (made.has(path)) return
  await makeParents(root, dirname(path), made)
  await makeDirectory(join(root, path))
  made.add(path)
}

async function makeDirectory(path: string): Promise<void> {
  await mkdir(path)
  await chmod(path, 0o755)
}

/** Symlinks for what is there, and none for what is gone. */
async function showNames(directory: string, shown: ShownNames): Promise<void> {
  for (const path of shown.directories) {
    if (await isDirectory(join(directory, path))) continue
    await removeTree(join(directory, path))
    await makeDirectory(join(directory, path))
  }
  for (const path of shown.links) {
    const target = linkTo(path)
    if ((await linkTarget(join(directory, path))) === target) continue
    await removeTree(join(directory, path))
    await symlink(target, join(directory, path))
  }
  for (const parent of ['', ...shown.ways]) {
    if (!(await isDirectory(join(directory, parent)))) continue
    for (const name of await readdir(join(directory, parent))) {
      if (parent === '' && name.startsWith('..')) continue
      const path = parent === '' ? name : `${parent}/${name}`
      if (!(shown.links.has(path) || (shown.keeps(path) && (await linkTarget(join(directory, path))) === undefined))) await removeTree(join(directory, path))
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await lstat(path).catch(unlessGone))?.isDirectory() === true
}

/** Undefined of what is no symlink, or not there. */
async function linkTarget(path: string): Promise<string | undefined> {
  return (await lstat(path).catch(unlessGone))?.isSymbolicLink() ? readlink(path) : undefined
}

/** Hidden directories that are shown no more, or never were since a crash came before. */
async function removeLeftovers(directory: string): Promise<void> {
  const current = await currentData(directory)
  for (const name of await readdir(directory)) {
    if (!name.startsWith('..') || name === dataLink || name === current) continue
    await removeTree(join(directory, name))
  }
}

/** As the kubelet's: `2026_11_23_15_04_05`. */
function timestamp(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replace(/[-T:]/g, '_')
}
