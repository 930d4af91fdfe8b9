import { constants } from 'node:fs'
import { access, mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What POSIX has files that live in memory in. */
const inMemory = '/dev/shm'
/** statfs(2): TMPFS_MAGIC. */
const tmpfs = 0x01021994
/** A simulated pod's files are some 20 KiB. A container's own /dev/shm has 64 MiB, which hundreds of pods would fill. */
const roomBytes = 2 ** 30

export interface NodeDirectory {
  readonly path: string
  /** On whose file system the node is taken to live, for its size. */
  readonly filesystem: string
}

/**
 * A new directory for what a node keeps. That of a simulated one is in memory where there is room: a thousand pods make and remove some twenty thousand small
 * files, which a disk that others use takes seconds for. Who sets TMPDIR has it there.
 */
export async function makeNodeDirectory(isSimulated: boolean): Promise<NodeDirectory> {
  const filesystem = tmpdir()
  const parent = isSimulated && filesystem === '/tmp' && (await hasRoom(inMemory)) ? inMemory : filesystem
  return { path: await mkdtemp(join(parent, 'podsteward-node-')), filesystem }
}

async function hasRoom(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK)
    const { type, bavail, bsize } = await statfs(path)
    return type === tmpfs && bavail * bsize >= roomBytes
  } catch {
    // No Linux, or a container without.
    return false
  }
}
