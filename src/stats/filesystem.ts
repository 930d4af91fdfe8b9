import { statfs } from 'node:fs/promises'

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
