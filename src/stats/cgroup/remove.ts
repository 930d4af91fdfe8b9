import { readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultCgroupRoot } from './layout.ts'

// Gone already, never made here, or something still runs in it: the kernel removes no cgroup that is in use.
const left = new Set(['ENOENT', 'ENOTDIR', 'EBUSY', 'ENOTEMPTY', 'EROFS'])

/** Removes an empty cgroup, named by its path (`/kubepods/burstable/pod<uid>`), from every hierarchy; one in use stays. Throws for a path that leads out. */
export async function removeCgroup(path: string, root: string = defaultCgroupRoot): Promise<void> {
  const names = await readdir(root).catch((): string[] => [])
  const hierarchies = names.includes('cgroup.controllers') ? [root] : names.map((name) => join(root, name))
  const removed = await Promise.allSettled(hierarchies.map((hierarchy) => removeBelow(hierarchy, path)))
  for (const result of removed) if (result.status === 'rejected') throw result.reason
}

async function removeBelow(hierarchy: string, path: string): Promise<void> {
  const directory = join(hierarchy, path)
  if (!directory.startsWith(`${hierarchy}/`)) throw new Error(`the cgroup ${JSON.stringify(path)} leads out of ${hierarchy}`)
  try {
    await rmdir(directory)
  } catch (error) {
    if (!left.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}
