import { readFile } from 'node:fs/promises'
import type { ContainerId } from '../engine.ts'
import type { DockerConnection } from './connection.ts'

/**
 * Ends the process of an exec that took too long. Docker has no call for it and lets the process go on when nobody reads it, so that a probe
 * that hangs would leave one at each period. Docker tells the process's number on its machine; it is killed only where that number
 * is, here, a process in this container's cgroup, which it is not when the engine is on another machine.
 */
export async function killExec(connection: DockerConnection, id: ContainerId, execId: string): Promise<void> {
  try {
    const { Running, Pid } = await connection.docker.getExec(execId).inspect()
    if (!Running || Pid <= 1) return
    const cgroups = await readFile(`/proc/${Pid}/cgroup`, 'utf8')
    if (cgroups.includes(id)) process.kill(Pid, 'SIGKILL')
  } catch (error) {
    // It may have ended meanwhile; the caller has its timeout to report either way.
    connection.log.debug('cannot end a command that timed out', { container: id, cause: error instanceof Error ? error.message : String(error) })
  }
}
