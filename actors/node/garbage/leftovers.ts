import { lstat, readdir, readlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { PodIdentity } from '../../../src/engine/engine.ts'
import { podUid } from '../../../src/kube/ids.ts'

const uid = /^[0-9a-zA-Z][0-9a-zA-Z.-]{0,62}$/

/** Pods of which there is a directory (`<podsDirectory>/<uid>`) or logs (`<namespace>_<name>_<uid>`). What is not named so is not ours. */
export async function podsWithDirectories(podsDirectory: string, podLogsDirectory: string): Promise<readonly PodIdentity[]> {
  const found = new Map<string, PodIdentity>()
  for (const { name } of await directories(podsDirectory)) if (uid.test(name)) found.set(name, { uid: podUid(name), name: 'unknown', namespace: 'unknown' })
  for (const directory of await directories(podLogsDirectory)) {
    // Neither a namespace nor a pod's name has an underscore.
    const [namespace, name, of, ...rest] = directory.name.split('_')
    if (namespace && name && of && uid.test(of) && rest.length === 0) found.set(of, { uid: podUid(of), name, namespace })
  }
  return [...found.values()]
}

/**
 * Removes links of `directory` that led to a log of a pod which is there no more, as kubelet 1.32 does in /var/log/containers.
 * That log may itself be a link to a file that its container has yet to begin.
 */
export async function removeDeadLinks(directory: string, podLogsDirectory: string): Promise<void> {
  for (const entry of await entries(directory)) {
    if (!entry.isSymbolicLink() || !entry.name.endsWith('.log')) continue
    const path = join(directory, entry.name)
    const target = await readlink(path)
    if (target.startsWith(join(podLogsDirectory, '/')) && (await isMissing(target))) await unlink(path)
  }
}

const directories = async (directory: string) => (await entries(directory)).filter((entry) => entry.isDirectory())

async function entries(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
}
