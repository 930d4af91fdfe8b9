import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { posix } from 'node:path'
import type { Pod } from '../kube/objects.ts'
import { openInside } from './inside.ts'

/** One mount of a container, as far as it matters what is mounted below what. */
export interface NestedMount {
  readonly hostPath: string
  /** Absolute. */
  readonly containerPath: string
  readonly readOnly: boolean
}

/** A mountPath as it is in the container: absolute, without a slash at its end. */
export const containerPathOf = (mountPath: string): string => {
  const path = posix.normalize(mountPath.startsWith('/') ? mountPath : `/${mountPath}`)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** `path` from `directory` on, where it is below it; undefined elsewhere. */
const below = (directory: string, path: string): string | undefined => {
  const prefix = directory === '/' ? '/' : `${directory}/`
  return path.startsWith(prefix) && path.length > prefix.length ? path.slice(prefix.length) : undefined
}

/** What every container has, volumes aside: files that its engine or the agent binds. */
const files = ['/etc/hostname', '/etc/hosts', '/etc/resolv.conf']

/** Where in a volume, relative to it, its pod's containers have something else mounted. */
export function mountPointsBelow({ spec }: Pod, volume: string): string[] {
  const found = new Set<string>()
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])]) {
    const mounts = container.volumeMounts ?? []
    const places = mounts.map(({ mountPath }) => containerPathOf(mountPath))
    const words = containerPathOf(container.terminationMessagePath || '/dev/termination-log')
    for (const [index, { name, subPath, subPathExpr }] of mounts.entries()) {
      if (name !== volume || subPath || subPathExpr) continue
      const own = places[index] as string
      for (const place of [...places, ...files, words]) {
        const relative = below(own, place)
        if (relative !== undefined) found.add(relative)
      }
    }
  }
  return [...found]
}

/**
 * Makes the mount points that a container's runtime cannot make itself, in volumes that the container has read-only: a directory, or a file where one is
 * mounted. Only in what `ours` takes: a volume below the pod's own directory. What is there already stays. Throws `OutsideRootError` and what the file system gives.
 */
export async function makeMountPoints(mounts: readonly NestedMount[], ours: (hostPath: string) => boolean): Promise<void> {
  const engines = files.map((path) => ({ hostPath: '/etc/hosts', containerPath: path, readOnly: false }))
  const byPath = new Map([...engines, ...mounts].map((mount) => [containerPathOf(mount.containerPath), mount]))
  for (const [path, mount] of byPath) {
    const outer = enclosing(path, byPath)
    if (!outer?.mount.readOnly || !ours(outer.mount.hostPath)) continue
    // An image's files are its engine's; they are a directory.
    const isDirectory = mount.hostPath === '' || (await stat(mount.hostPath)).isDirectory()
    const relative = below(outer.path, path)
    if (relative !== undefined) await makeMountPoint(outer.mount.hostPath, relative, isDirectory)
  }
}

/** The mount that a path lies in. */
function enclosing(path: string, byPath: ReadonlyMap<string, NestedMount>): { readonly path: string; readonly mount: NestedMount } | undefined {
  for (let parent = posix.dirname(path); ; parent = posix.dirname(parent)) {
    const mount = byPath.get(parent)
    if (mount && parent !== path) return { path: parent, mount }
    if (parent === '/') return undefined
  }
}

/** kubelet 1.32, MakeNestedMountpoints: 0755. */
const mode = 0o755

async function makeMountPoint(volume: string, relative: string, isDirectory: boolean): Promise<void> {
  await using _ = isDirectory
    ? await openInside(volume, relative, { create: true, mode })
    : await openInside(volume, posix.dirname(relative), { create: true, mode })
  if (isDirectory) return
  try {
    const made = await open(`${_.heldPath}/${posix.basename(relative)}`, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644)
    await made.close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
