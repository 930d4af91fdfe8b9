import { randomBytes } from 'node:crypto'
import { closeSync, constants, fchmodSync, openSync, readSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type InsideTarget, OutsideRootError, openInside } from './inside.ts'
import { removeTree } from './tree/remove.ts'
import { TreeError } from './tree/tree-error.ts'

// All of these are the agent's own files, on the node's disk: see `InsideOptions.own`.

/**
 * The beginning of a regular file below `root`, at most `limit` bytes. Undefined where there is none, or where somebody has put another thing in its place or
 * in its way (a symlink, a fifo, a device): nothing is followed and nothing is waited for. Throws what the file system gives for others.
 */
export async function readInside(root: string, path: string, limit: number): Promise<Buffer | undefined> {
  await using found = (await openIfThere(root, path)) ?? null
  if (!found?.isFile) return undefined
  const buffer = Buffer.alloc(limit)
  const length = withFile(found.heldPath, constants.O_RDONLY | constants.O_NONBLOCK, undefined, (file) => readSync(file, buffer, 0, limit, 0))
  return buffer.subarray(0, length)
}

/**
 * Writes a file below `root`, whose directory is there: in place where it is a regular file, since a bind mount follows the inode; else whole and by a rename,
 * in the place of whatever was put there. Throws `TreeError` with its path, `OutsideRootError` for a path that leads out or is the root itself.
 */
export async function writeInside(root: string, path: string, content: string, mode: number): Promise<void> {
  if (join(root, path, '/') === join(root, '/')) throw new OutsideRootError(root, path, 'is the directory itself, not a file in it')
  try {
    await using found = (await openIfThere(root, path)) ?? null
    if (found?.isFile) {
      return withFile(found.heldPath, constants.O_WRONLY | constants.O_TRUNC | constants.O_NONBLOCK, undefined, (file) => writeFileSync(file, content))
    }
    await using directory = await openInside(root, dirname(path), { follow: false, own: true })
    const next = `${directory.heldPath}/.${basename(path)}.${randomBytes(4).toString('hex')}`
    try {
      withFile(next, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode, (file) => {
        writeFileSync(file, content)
        // The mode given to open(2) is cut by the umask.
        fchmodSync(file, mode)
      })
      if (found?.isDirectory) await removeTree(join(root, path))
      renameSync(next, `${directory.heldPath}/${basename(path)}`)
    } catch (error) {
      try {
        unlinkSync(next)
      } catch {
        // It was not made.
      }
      throw error
    }
  } catch (error) {
    throw error instanceof OutsideRootError || error instanceof TreeError || !('syscall' in (error as Error))
      ? error
      : new TreeError(error as NodeJS.ErrnoException, join(root, path), [])
  }
}

async function openIfThere(root: string, path: string): Promise<InsideTarget | undefined> {
  try {
    return await openInside(root, path, { follow: false, own: true })
  } catch (error) {
    if (error instanceof OutsideRootError || ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function withFile<T>(path: string, flags: number, mode: number | undefined, act: (descriptor: number) => T): T {
  const file = openSync(path, flags, mode)
  try {
    return act(file)
  } finally {
    closeSync(file)
  }
}
