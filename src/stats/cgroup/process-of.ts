import { readFileSync } from 'node:fs'

/**
 * Whether these cgroups (the text of `/proc/<pid>/cgroup`) are a container's: a whole part of a path is its id, with or without what an engine puts
 * around it (`docker-<id>.scope`, `cri-containerd-<id>.scope`).
 */
export const isOfContainer = (cgroups: string, id: string): boolean =>
  cgroups.split('\n').some((line) => line.split('/').some((part) => part === id || part.endsWith(`-${id}.scope`) || part.endsWith(`:${id}`)))

/**
 * Whether a process is of the container that an engine says it is. Its number may be another's by now, or the engine may be wrong: nobody enters another's
 * namespaces, or ends it, for that. False when it is gone.
 */
export function isProcessOf(id: string, pid: number, procRoot = '/proc'): boolean {
  try {
    return isOfContainer(readFileSync(`${procRoot}/${pid}/cgroup`, 'utf8'), id)
  } catch {
    return false
  }
}
