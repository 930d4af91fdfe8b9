import { readlinkSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeDirectorySync } from '../base/make-directory.ts'
import type { PodIdentity } from './engine.ts'

// Links in the node's own directories of logs: each call takes less than the way to a thread and back.

/** Makes the container's log readable at `logPath`, as dockershim does: a link to the json-file of Docker's. Twice is fine. */
export async function linkLog(logPath: string, dockerLog: string): Promise<void> {
  makeDirectorySync(dirname(logPath), 0o755)
  for (;;) {
    try {
      return symlinkSync(dockerLog, logPath)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    // Left by an earlier container of the same pod directory; whatever else is there is not ours to remove.
    const target = targetOf(logPath)
    if (target === dockerLog || target === undefined) return
    await unlinkLog(logPath, target)
  }
}

/** Removes the link when it is one to this log. */
export async function unlinkLog(logPath: string, dockerLog: string): Promise<void> {
  const target = targetOf(logPath)
  if (target !== dockerLog) return
  try {
    unlinkSync(logPath)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Undefined where there is no link. */
function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
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
