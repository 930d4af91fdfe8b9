import { mkdir, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import type { PersistentVolume } from '../../kube/objects.ts'
import { volumeDirectory } from '../directories.ts'
import { applyFsGroup } from '../ownership.ts'
import { type MountedVolume, type VolumeContext, VolumeError } from '../volume.ts'
import type { VolumeMode } from './payload-volume.ts'

const plugin = 'kubernetes.io~local-volume'

/** A directory of this node that a PersistentVolume names, bound below the pod. */
export async function setUpLocal(mode: VolumeMode, name: string, volume: PersistentVolume, context: VolumeContext): Promise<MountedVolume> {
  const path = volume.spec?.local?.path ?? ''
  if (!isAbsolute(path) || path.split('/').includes('..')) throw new VolumeError(name, `local.path ${JSON.stringify(path)} must be absolute, without '..'`)
  const target = volumeDirectory(context.podDirectory, plugin, volume.metadata?.name ?? name)
  if (mode === 'system' && !(await context.mounter.isMountPoint(target))) {
    const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      throw new VolumeError(name, cause.code === 'ENOENT' ? `path "${path}" does not exist` : cause.message, { cause })
    })
    if (!found.isDirectory())
      throw new VolumeError(name, `local volume ${path} is no directory; block devices are not supported, mount the file system on the node`)
    await mkdir(target, { recursive: true, mode: 0o750 })
    await context.mounter.bindMount(path, target, {})
    const { fsGroup, fsGroupChangePolicy } = context.pod.spec?.securityContext ?? {}
    if (fsGroup !== undefined) await applyFsGroup(target, fsGroup, { policy: fsGroupChangePolicy === 'OnRootMismatch' ? 'OnRootMismatch' : 'Always' })
  }
  return { name, hostPath: target, readOnly: false }
}
