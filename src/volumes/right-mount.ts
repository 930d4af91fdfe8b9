import { stat, statfs } from 'node:fs/promises'
import type { Mounter } from './volume.ts'

/** Pages of a tmpfs; the kernel rounds up to them. */
const pageBytes = 4096

/**
 * Makes a directory a tmpfs of that size. What is mounted there already is looked at: a tmpfs of another size is resized, with what is in it; anything else, or
 * what is read-only, is not what was wanted and is unmounted. Undefined size: the kernel's own.
 */
export async function ensureTmpfs(mounter: Mounter, path: string, { sizeBytes }: { sizeBytes?: number }): Promise<void> {
  if (await mounter.isMountPoint(path)) {
    const mounted = await mounter.mountAt?.(path)
    if (!mounter.mountAt || (mounted?.fsType === 'tmpfs' && !mounted.readOnly && !mounted.sourceReadOnly)) {
      if (sizeBytes !== undefined && mounter.mountAt && !(await hasSize(path, sizeBytes))) await mounter.mountTmpfs(path, { sizeBytes, again: true })
      return
    }
    await unmountFully(mounter, path)
  }
  await mounter.mountTmpfs(path, { sizeBytes })
}

async function hasSize(path: string, sizeBytes: number): Promise<boolean> {
  const { blocks, bsize } = await statfs(path)
  return blocks * bsize === Math.ceil(Math.ceil(sizeBytes) / pageBytes) * pageBytes
}

/** Binds a file or directory. What is mounted there already is looked at: only the very same file (by device and inode) with the same right to write is left. */
export async function ensureBind(mounter: Mounter, source: BindSource, target: string, { readOnly = false }: { readOnly?: boolean } = {}): Promise<void> {
  if (await mounter.isMountPoint(target)) {
    const mounted = await mounter.mountAt?.(target)
    if (!mounter.mountAt || ((await isSame(source, target)) && mounted?.readOnly === readOnly)) return
    await unmountFully(mounter, target)
  }
  await mounter.bindMount(source.path, target, { readOnly })
}

export interface BindSource {
  readonly path: string
  readonly device: number
  readonly inode: number
}

export async function isSame(source: Pick<BindSource, 'device' | 'inode'>, target: string): Promise<boolean> {
  const found = await stat(target)
  return found.dev === source.device && found.ino === source.inode
}

/** Of another machine, by its source: a server that is away is not asked. Whether it is there as wanted; what is there otherwise is unmounted. */
export async function isMountedFrom(mounter: Mounter, target: string, wanted: { source: string; fsType: RegExp; readOnly: boolean }): Promise<boolean> {
  if (!(await mounter.isMountPoint(target))) return false
  const mounted = await mounter.mountAt?.(target)
  if (!mounter.mountAt) return true
  const right = mounted !== undefined && plain(mounted.source) === plain(wanted.source) && wanted.fsType.test(mounted.fsType)
  if (right && (mounted.readOnly || mounted.sourceReadOnly) === wanted.readOnly) return true
  await unmountFully(mounter, target)
  return false
}

const plain = (source: string): string => source.replace(/\/+$/, '')

/** Mounts lie on each other. */
async function unmountFully(mounter: Mounter, path: string): Promise<void> {
  while (await mounter.isMountPoint(path)) await mounter.unmount(path)
}
