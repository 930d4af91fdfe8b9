import { isProcessOf } from '../../stats/cgroup/process-of.ts'
import type { ContainerId } from '../engine.ts'
import type { DockerConnection } from './connection.ts'
import { execDetails } from './exec-end.ts'

/**
 * Ends the process of an exec that took too long; tells whether it ever ran, which it did not when the engine cannot say. Docker has no call for it and lets the
 * process go on when nobody reads it, so that a probe that hangs would leave one at each period. Docker tells the process's number on its machine; it is
 * killed only where that number is, here, a process in this container's cgroup, which it is not when the engine is on another machine.
 */
export async function killExec(connection: DockerConnection, id: ContainerId, execId: string): Promise<boolean> {
  let ran = false
  try {
    const { Running, Pid } = await execDetails(connection, execId, `ask for a command in container ${id}`)
    ran = Pid > 0
    if (!Running || Pid <= 1) return ran
    if (isProcessOf(id, Pid)) process.kill(Pid, 'SIGKILL')
  } catch (error) {
    // It may have ended meanwhile.
    connection.log.debug('cannot end a command that timed out', { container: id, cause: error instanceof Error ? error.message : String(error) })
  }
  return ran
}
