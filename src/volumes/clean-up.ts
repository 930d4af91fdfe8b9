import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MountedInTreeError, removeTree } from './tree/remove.ts'
import type { Mounter } from './volume.ts'

/** Something stays mounted below a pod's directory: nothing there may be deleted. */
export class StillMountedError extends Error {
  override readonly name = 'StillMountedError'
  readonly mountPoints: readonly string[]

  constructor(directory: string, mountPoints: readonly string[], cause?: unknown) {
    super(`refusing to delete ${directory}: still mounted are ${mountPoints.join(', ')}; unmount them (umount), the clean-up is tried again`, { cause })
    this.mountPoints = mountPoints
  }
}

/**
 * Unmounts all that is mounted at or below a pod's directory, deepest first, whether this agent mounted it or one before a crash, or a
 * container did. Throws `StillMountedError` with what would not go.
 */
export async function unmountAll(podDirectory: string, mounter: Mounter): Promise<void> {
  const failures: unknown[] = []
  const list = mounter.mountPointsWithin
  const points = list ? await list(podDirectory) : await knownMountPoints(podDirectory, mounter)
  for (const point of points) {
    try {
      await mounter.unmount(point)
    } catch (error) {
      failures.push(error)
    }
  }
  const left = list ? await list(podDirectory) : await knownMountPoints(podDirectory, mounter)
  if (left.length > 0) throw new StillMountedError(podDirectory, left, failures[0])
}

/**
 * Unmounts, then deletes a pod's directory, all of it that can be. Follows no symlink, goes into no mount, and deletes nothing while anything is known to
 * be mounted there; hostPath contents are out of reach, being bound into containers only. Idempotent. Throws `StillMountedError`, `TreeError`.
 */
export async function removePodDirectory(podDirectory: string, mounter: Mounter): Promise<void> {
  await unmountAll(podDirectory, mounter)
  try {
    await removeTree(podDirectory)
  } catch (error) {
    throw error instanceof MountedInTreeError ? new StillMountedError(podDirectory, [error.path], error) : error
  }
}

async function lstatIfThere(path: string) {
  try {
    return await lstat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** For a mounter that cannot list: the places where this agent mounts, `volumes/<plugin>/<name>` and `volume-subpaths/<volume>/<container>/<n>`. */
async function knownMountPoints(podDirectory: string, mounter: Mounter): Promise<string[]> {
  const candidates = [...(await below(join(podDirectory, 'volume-subpaths'), 3)), ...(await below(join(podDirectory, 'volumes'), 2))]
  const points: string[] = []
  for (const candidate of candidates) if (await mounter.isMountPoint(candidate)) points.push(candidate)
  return points
}

async function below(directory: string, levels: number): Promise<string[]> {
  if (levels === 0) return [directory]
  const found = await lstatIfThere(directory)
  if (!found?.isDirectory()) return []
  return (await Promise.all((await readdir(directory)).map((name) => below(join(directory, name), levels - 1)))).flat()
}
