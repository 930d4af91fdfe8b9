import type { Stats } from 'node:fs'
import { chmod, open, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { makeDirectory as createDirectory } from '../../base/make-directory.ts'
import { type MountedVolume, VolumeError, type VolumeKind } from '../volume.ts'
import type { VolumeMode } from './payload-volume.ts'

/** A path of the node itself. Never removed, whatever becomes of the pod. In memory mode the node has no paths and nothing is checked. */
export const hostPathKind = (mode: VolumeMode): VolumeKind => ({
  key: 'hostPath',
  async setUp({ name, hostPath }) {
    const path = hostPath?.path ?? ''
    if (!isAbsolute(path)) throw new VolumeError(name, `hostPath.path ${JSON.stringify(path)} must be absolute`)
    if (path.split('/').includes('..')) throw new VolumeError(name, `hostPath.path ${JSON.stringify(path)} must not contain '..'`)
    if (mode === 'system') {
      try {
        await check(path, hostPath?.type ?? '')
      } catch (cause) {
        throw new VolumeError(name, `hostPath type check failed: ${(cause as Error).message}`, { cause })
      }
    }
    return { name, hostPath: path, readOnly: false } satisfies MountedVolume
  },
})

/** kubelet 1.32, `checkTypeInternal`. Throws with its wording. */
async function check(path: string, type: string): Promise<void> {
  switch (type) {
    case '':
      // Nothing is checked, but what is missing becomes a directory: so do containerd and dockershim when they bind it; Docker's mounts would refuse.
      if (!(await look(path))) await makeDirectory(path)
      return
    case 'DirectoryOrCreate':
      if (!(await look(path))) await makeDirectory(path)
      return expect(path, (found) => found.isDirectory(), 'directory')
    case 'Directory':
      return expect(path, (found) => found.isDirectory(), 'directory')
    case 'FileOrCreate':
      if (!(await look(path))) await makeFile(path)
      return expect(path, (found) => !found.isDirectory(), 'file')
    case 'File':
      return expect(path, (found) => !found.isDirectory(), 'file')
    case 'Socket':
      return expect(path, (found) => found.isSocket(), 'socket file')
    case 'CharDevice':
      return expect(path, (found) => found.isCharacterDevice(), 'character device')
    case 'BlockDevice':
      return expect(path, (found) => found.isBlockDevice(), 'block device')
    default:
      throw new Error(`${type} is an invalid volume type`)
  }
}

async function expect(path: string, fits: (found: Stats) => boolean, what: string): Promise<void> {
  const found = await look(path)
  if (!found || !fits(found)) throw new Error(`${path} is not a ${what}`)
}

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

async function makeDirectory(path: string): Promise<void> {
  await createDirectory(path, 0o755)
  await chmod(path, 0o755)
}

/** Its directory must be there already. */
async function makeFile(path: string): Promise<void> {
  const file = await open(path, 'a', 0o644)
  try {
    await file.chmod(0o644)
  } finally {
    await file.close()
  }
}
