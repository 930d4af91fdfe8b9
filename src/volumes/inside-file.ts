import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type InsideTarget, OutsideRootError, openInside } from './inside.ts'
import { removeTree } from './tree/remove.ts'
import { TreeError } from './tree/tree-error.ts'

/**
 * The beginning of a regular file below `root`, at most `limit` bytes. Undefined where there is none, or where somebody has put another thing in its place or
 * in its way (a symlink, a fifo, a device): nothing is followed and nothing is waited for. Throws what the file system gives for others.
 */
export async function readInside(root: string, path: string, limit: number): Promise<Buffer | undefined> {
  await using found = (await openIfThere(root, path)) ?? null
  if (!found?.isFile) return undefined
  await using file = await open(found.heldPath, constants.O_RDONLY | constants.O_NONBLOCK)
  const { bytesRead, buffer } = await file.read(Buffer.alloc(limit), 0, limit, 0)
  return buffer.subarray(0, bytesRead)
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
      await using file = await open(found.heldPath, constants.O_WRONLY | constants.O_TRUNC | constants.O_NONBLOCK)
      return await file.writeFile(content)
    }
    await using directory = await openInside(root, dirname(path), { follow: false })
    const next = `${directory.heldPath}/.${basename(path)}.${randomBytes(4).toString('hex')}`
    try {
      {
        await using file = await open(next, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode)
        await file.writeFile(content)
        // The mode given to open(2) is cut by the umask.
        await file.chmod(mode)
      }
      if (found?.isDirectory) await removeTree(join(root, path))
      await rename(next, `${directory.heldPath}/${basename(path)}`)
    } catch (error) {
      await unlink(next).catch(() => {})
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
    return await openInside(root, path, { follow: false })
  } catch (error) {
    if (error instanceof OutsideRootError || ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
