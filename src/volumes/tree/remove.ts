import { chmod, lstat, rmdir, unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { bytesAsText } from '../../base/bytes-as-text.ts'
import { unlessGone } from '../../base/unless-gone.ts'
import { clearFlags } from './file-flags.ts'
import { HeldDirectory, holdEntry, type TreeEntry } from './held-directory.ts'
import { TreeError } from './tree-error.ts'
import { TreeChangedError, type TreeVisitor, walkTree } from './walk.ts'

/** A directory of a tree that is to be deleted is another mount's: nothing in it is deleted. */
export class MountedInTreeError extends Error {
  override readonly name = 'MountedInTreeError'
  /** As far as it can be written. */
  readonly path: string

  constructor(path: string) {
    super(`${path} is a mount point`)
    this.path = path
  }
}

/** Times that a tree is begun again which others move about meanwhile. */
const tries = 3
/** What no other entry would fare better with. */
const hopeless: ReadonlySet<string> = new Set(['EROFS', 'EIO', 'EUCLEAN', 'ESHUTDOWN', 'ESTALE'])

/**
 * Deletes what `path` names and all that is below it: whatever its names are (bytes), however deep or wide, with its permissions and its immutable and
 * append-only flags taken off. Follows no symlink and goes into no mount. What can go does, also when something else cannot; then throws the first of
 * `TreeError`, `MountedInTreeError`. Of what is not there nothing is to be done.
 */
export async function removeTree(path: string, signal?: AbortSignal): Promise<void> {
  const parent = await openIfThere(dirname(path))
  if (!parent) return
  using _ = parent
  const name = Buffer.from(basename(path))
  for (let left = tries; ; left -= 1) {
    try {
      return await removeBelow(parent, name, path, signal)
    } catch (error) {
      if (!(error instanceof TreeChangedError) || left <= 1) throw error
    }
  }
}

async function removeBelow(parent: HeldDirectory, name: Buffer, path: string, signal: AbortSignal | undefined): Promise<void> {
  const visitor = new Remover(path)
  try {
    const found = await lstat(parent.at(name)).catch(unlessGone)
    if (!found || (await visitor.enter(parent, { name, looksLikeDirectory: found.isDirectory() })) === 'done') return
    using root = await openSurely(parent, name)
    if (root.identity.mount !== parent.identity.mount) throw new MountedInTreeError(path)
    await walkTree(root, path, visitor, signal)
    if (visitor.failure) throw visitor.failure
    await visitor.leave(parent, name, true)
  } catch (error) {
    throw asTold(error, path)
  }
}

function asTold(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return error
  const told = error instanceof TreeError ? error : new TreeError(error as NodeJS.ErrnoException, path, [])
  return code === 'EBUSY' ? new MountedInTreeError(told.path) : told
}

class Remover implements TreeVisitor {
  readonly removes = true
  readonly open = openSurely
  readonly #root: string
  /** The directory that was made writable last: once for all that is in it. */
  #opened: HeldDirectory | undefined
  failure: Error | undefined

  constructor(root: string) {
    this.#root = root
  }

  async enter(parent: HeldDirectory, { name, looksLikeDirectory }: TreeEntry): Promise<'descend' | 'done'> {
    const path = parent.at(name)
    if (looksLikeDirectory) return 'descend'
    try {
      await this.#insist(parent, () => unlink(path))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EISDIR') return 'descend'
      throw error
    }
    return 'done'
  }

  async leave(parent: HeldDirectory, name: Buffer, complete: boolean): Promise<void> {
    if (complete) await this.#insist(parent, () => rmdir(parent.at(name)))
  }

  onError(error: TreeError): void {
    if (hopeless.has(error.code)) throw error
    this.failure ??= asTold(error, this.#root) as Error
  }

  onMount(path: readonly Buffer[]): void {
    this.failure ??= new MountedInTreeError([this.#root, ...path.map(bytesAsText)].join('/'))
  }

  /** What is not permitted may be for a flag of the entry or of its directory, or for the directory's permissions. */
  async #insist(parent: HeldDirectory, act: () => Promise<void>): Promise<void> {
    try {
      return await act()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return
      if ((code !== 'EPERM' && code !== 'EACCES') || this.#opened === parent) throw error
    }
    this.#opened = parent
    await clearFlags(parent)
    await chmod(parent.path, 0o700).catch(() => {})
    await act().catch(unlessGone)
  }
}

async function openSurely(parent: HeldDirectory, name: Buffer): Promise<HeldDirectory> {
  try {
    return await parent.openBelow(name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
  }
  await using entry = await holdEntry(parent.at(name))
  if ((await entry.stat()).isDirectory()) await chmod(`/proc/self/fd/${entry.fd}`, 0o700)
  return parent.openBelow(name)
}

async function openIfThere(path: string): Promise<HeldDirectory | undefined> {
  return HeldDirectory.open(path).catch((error: NodeJS.ErrnoException) => {
    // A symlink in the way (of the agent's own root directory) is followed: it is the operator's.
    if (error.code === 'ENOTDIR') return HeldDirectory.open(`${path}/.`)
    return unlessGone(error)
  })
}
