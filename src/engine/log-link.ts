import { readlink, symlink, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectory } from '../base/make-directory.ts'
import type { PodIdentity } from './engine.ts'

/** Makes the container's log readable at `logPath`, as dockershim does: a link to the json-file of Docker's. Twice is fine. */
export async function linkLog(logPath: string, dockerLog: string): Promise<void> {
  await makeDirectory(dirname(logPath), 0o755)
  for (;;) {
    try {
      return await symlink(dockerLog, logPath)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    // Left by an earlier container of the same pod directory; whatever else is there is not ours to remove.
    const target = await readlink(logPath).catch(() => undefined)
    if (target === dockerLog || target === undefined) return
    await unlinkLog(logPath, target)
  }
}

/** Removes the link when it is one to this log. */
export async function unlinkLog(logPath: string, dockerLog: string): Promise<void> {
  const target = await readlink(logPath).catch(() => undefined)
  if (target !== dockerLog) return
  await unlink(logPath).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** Beside the pods' logs: `/var/log/containers` beside `/var/log/pods`. */
export const collectorDirectory = (podLogsDirectory: string): string => join(dirname(podLogsDirectory), 'containers')

/** Longest name of a file; kubelet: what is longer is cut before `.log`. */
const maxName = 251

/**
 * Where log collectors look by habit: `/var/log/containers/<pod>_<namespace>_<container>-<id>.log`, beside the directory of the pods' logs
 * (`<pod logs>/<pod>/<container>/<attempt>.log`). kubelet: legacyLogSymlink.
 */
export function collectorLink(logPath: string, pod: PodIdentity, container: string, id: string): string {
  const podLogs = dirname(dirname(dirname(logPath)))
  return join(collectorDirectory(podLogs), `${`${pod.name}_${pod.namespace}_${container}-${id}`.slice(0, maxName)}.log`)
}
