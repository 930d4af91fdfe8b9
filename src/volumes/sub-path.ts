import { lstat, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeDirectory } from '../base/make-directory.ts'
import { nameInside, openInside, splitSubPath } from './inside.ts'
import { isSame } from './right-mount.ts'
import { removeTree } from './tree/remove.ts'
import type { Mounter } from './volume.ts'

/** Which mount of which container wants a part of a volume. */
export interface SubPathRequest {
  /** `<root>/pods/<uid>`. */
  readonly podDirectory: string
  readonly volumeName: string
  readonly containerName: string
  /** Index in the container's `volumeMounts`. */
  readonly mountIndex: number
  /** The mounted volume's `hostPath`. */
  readonly volumePath: string
  readonly subPath: string
  readonly mounter: Mounter
}

/**
 * Makes part of a volume available under a path that no process in the pod can redirect:
 * `<pod>/volume-subpaths/<volume>/<container>/<index>`, a bind mount of the very file that was checked.
 * Missing directories are made with the volume’s own mode, setgid and sticky bit too, as the kubelet does. Idempotent: what is bound there already is left
 * where it is what the path names now, and made anew where the volume has another file by that name (an update, a directory that was replaced). Throws `OutsideRootError`.
 * Undone by `unmountAll`.
 */
export async function bindSubPath(request: SubPathRequest): Promise<string> {
  const { mounter, volumePath } = request
  const volume = nameInside(`${request.podDirectory}/volume-subpaths`, request.volumeName)
  const target = nameInside(nameInside(volume, request.containerName), String(request.mountIndex))
  if (mounter.imagined) {
    splitSubPath(volumePath, request.subPath)
    await mounter.bindMount(volumePath, target, {})
    return target
  }
  const { mode } = await stat(volumePath)
  await using source = await openInside(volumePath, request.subPath, { create: true, mode: mode & 0o7777 })
  while (await mounter.isMountPoint(target)) {
    if (await isSame(source, target).catch(() => false)) return target
    await mounter.unmount(target)
  }
  await makeDirectory(dirname(target), 0o750)
  const found = await lstat(target).catch(() => undefined)
  if (found && found.isDirectory() !== source.isDirectory) await removeTree(target)
  if (source.isDirectory) await makeDirectory(target, 0o750)
  else await (await open(target, 'a', 0o640)).close()
  await mounter.bindMount(source.heldPath, target, {})
  return target
}
