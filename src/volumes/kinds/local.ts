import { realpath, rm, stat, symlink } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import { makeDirectory } from '../../base/make-directory.ts'
import type { PersistentVolume } from '../../kube/objects.ts'
import { deviceLink, volumeDirectory } from '../directories.ts'
import { applyFsGroup, changePolicy } from '../ownership.ts'
import { isReady, markReady, readyNote } from '../ready-note.ts'
import { ensureBind } from '../right-mount.ts'
import { type MountedVolume, type VolumeContext, VolumeError, type VolumeStep } from '../volume.ts'
import type { VolumeMode } from './payload-volume.ts'

const plugin = 'kubernetes.io~local-volume'

/** A directory of this node that a PersistentVolume names, bound below the pod. */
export async function setUpLocal(mode: VolumeMode, name: string, volume: PersistentVolume, context: VolumeContext): Promise<MountedVolume> {
  const path = pathOf(name, volume)
  const inner = volume.metadata?.name ?? name
  const target = volumeDirectory(context.podDirectory, plugin, inner)
  if (mode === 'system') {
    const found = await look(name, path)
    if (!found.isDirectory())
      throw new VolumeError(name, `local volume ${path} is no directory; mount its file system on the node, or give it as a device (volumeMode Block)`)
    const note = readyNote(context.podDirectory, plugin, inner)
    const wasReady = (await context.mounter.isMountPoint(target)) && (await isReady(note))
    await makeDirectory(target, 0o750)
    await ensureBind(context.mounter, { path, device: found.dev, inode: found.ino }, target)
    const { fsGroup, fsGroupChangePolicy } = context.pod.spec?.securityContext ?? {}
    if (fsGroup !== undefined && !wasReady) await applyFsGroup(target, fsGroup, { policy: changePolicy(fsGroupChangePolicy), signal: context.signal })
    if (!wasReady) await markReady(note)
  }
  return { name, hostPath: target, readOnly: false, statistics: { by: 'file-system', path: target } }
}

/** A block device of this node that a PersistentVolume names, for the pod's containers as it is. */
export async function setUpLocalDevice(mode: VolumeMode, name: string, volume: PersistentVolume, { podDirectory }: VolumeContext): Promise<MountedVolume> {
  const path = pathOf(name, volume)
  const link = deviceLink(podDirectory, plugin, volume.metadata?.name ?? name)
  if (mode === 'system') {
    const step = 'MapVolume.MapBlockVolume'
    const found = await look(name, path, step)
    if (!found.isBlockDevice()) throw new VolumeError(name, `local volume ${path} is no block device`, { step })
    await makeDirectory(dirname(link), 0o750)
    await rm(link, { force: true })
    // The device itself: what the path names may change while the pod runs.
    await symlink(await realpath(path), link)
  }
  return { name, hostPath: link, isDevice: true, readOnly: false, statistics: { by: 'device', path: link } }
}

function pathOf(name: string, volume: PersistentVolume): string {
  const path = volume.spec?.local?.path ?? ''
  if (!isAbsolute(path) || path.split('/').includes('..')) throw new VolumeError(name, `local.path ${JSON.stringify(path)} must be absolute, without '..'`)
  return path
}

const look = (name: string, path: string, step?: VolumeStep) =>
  stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new VolumeError(name, cause.code === 'ENOENT' ? `path "${path}" does not exist` : cause.message, { cause, step })
  })
