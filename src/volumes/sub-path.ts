import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { nameInside, openInside } from './inside.ts'
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
 * Missing directories are made with the volume’s own mode, setgid and sticky bit too, as the kubelet does. Idempotent. Throws `OutsideRootError`.
 * Undone by `unmountAll`.
 */
export async function bindSubPath(request: SubPathRequest): Promise<string> {
  const { mounter, volumePath } = request
  const volume = nameInside(`${request.podDirectory}/volume-subpaths`, request.volumeName)
  const target = nameInside(nameInside(volume, request.containerName), String(request.mountIndex))
  if (await mounter.isMountPoint(target)) return target
  const { mode } = await stat(volumePath)
  await using source = await openInside(volumePath, request.subPath, { create: true, mode: mode & 0o7777 })
  await mkdir(dirname(target), { recursive: true, mode: 0o750 })
  if (source.isDirectory) await mkdir(target, { recursive: true, mode: 0o750 })
  else await (await open(target, 'a', 0o640)).close()
  await mounter.bindMount(source.heldPath, target, {})
  return target
}
