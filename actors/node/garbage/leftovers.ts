import { lstat, opendir, readdir, readlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessGone } from '../../../src/base/unless-gone.ts'
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
 * That log may itself be a link to a file that its container has yet to begin. Names are bytes: a container may write there what it likes.
 */
export async function removeDeadLinks(directory: string, podLogsDirectory: string): Promise<void> {
  for await (const name of namesIn(directory)) {
    if (!name.subarray(-4).equals(logEnding)) continue
    const path = Buffer.concat([Buffer.from(join(directory, '/')), name])
    const target = await linkTarget(path)
    if (target?.startsWith(join(podLogsDirectory, '/')) && (await isMissing(target))) await unlink(path).catch(unlessGone)
  }
}

const logEnding = Buffer.from('.log')

async function directories(directory: string) {
  try {
    return (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  } catch (error) {
    return unlessGone(error as NodeJS.ErrnoException) ?? []
  }
}

/** As they are read: there may be more than memory holds. */
async function* namesIn(directory: string): AsyncGenerator<Buffer, void, void> {
  const opened = await opendir(directory, { encoding: 'latin1', bufferSize: 256 }).catch(unlessGone)
  if (opened) for await (const { name } of opened) yield Buffer.from(name, 'latin1')
}

/** Undefined of what is no symlink, or gone by now. */
async function linkTarget(path: Buffer): Promise<string | undefined> {
  return readlink(path).catch((error: NodeJS.ErrnoException) => (error.code === 'EINVAL' ? undefined : unlessGone(error)))
}

async function isMissing(path: string): Promise<boolean> {
  return (await lstat(path).catch((error: NodeJS.ErrnoException) => (hopeless.has(error.code ?? '') ? undefined : unlessGone(error)))) === undefined
}

/** Of what a link says, not of the file system: such a path leads nowhere. */
const hopeless: ReadonlySet<string> = new Set(['ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])
