import { readFile, stat, statfs } from 'node:fs/promises'
import { run } from '../base/spawn.ts'

/** Space of the file system that holds a path. */
export interface FilesystemStats {
  readonly capacityBytes: number
  /** To unprivileged users, as the kubelet counts. */
  readonly availableBytes: number
  readonly usedBytes: number
  readonly inodes: number
  readonly inodesFree: number
  readonly inodesUsed: number
}

/** Asks the file system. Throws what statfs(2) gives, ENOENT for one. */
export async function filesystemStats(path: string): Promise<FilesystemStats> {
  const { bsize, blocks, bavail, bfree, files, ffree } = await statfs(path)
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
    inodesUsed: files - ffree,
  }
}

/** A file system whose server is away answers never: it is left to wait in a process of its own, for so long. */
const patienceMs = 10_000

/** As `filesystemStats`, of a file system that may be another machine's. Throws `SpawnError`, also when it takes too long. */
export async function remoteFilesystemStats(path: string): Promise<FilesystemStats> {
  const { stdout } = await run('stat', ['--file-system', '--format=%S %b %a %f %c %d', '--', path], { timeoutMs: patienceMs })
  const [size = 0, blocks = 0, available = 0, free = 0, inodes = 0, inodesFree = 0] = stdout.trim().split(' ').map(Number)
  return {
    ...{ capacityBytes: blocks * size, availableBytes: available * size, usedBytes: (blocks - free) * size },
    ...{ inodes, inodesFree, inodesUsed: inodes - inodesFree },
  }
}

/** Of a block device there is only its size to tell. Throws what stat(2) gives, ENOENT for one. */
export async function deviceStats(path: string): Promise<FilesystemStats> {
  const { rdev } = await stat(path)
  // makedev(3): the kernel's numbers of a device, as /sys names it.
  const [major, minor] = [(rdev >>> 8) & 0xfff, (rdev & 0xff) | ((rdev >>> 12) & 0xfff00)]
  const sectors = Number(await readFile(`/sys/dev/block/${major}:${minor}/size`, 'utf8'))
  return { capacityBytes: sectors * 512, availableBytes: 0, usedBytes: 0, inodes: 0, inodesFree: 0, inodesUsed: 0 }
}
