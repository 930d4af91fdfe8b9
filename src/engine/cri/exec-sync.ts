import { containers } from '../../protobuf/cri/container.ts'
import { type ContainerId, EngineError, type ExecOptions, type ExecResult } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { runtimeMessage } from './errors.ts'

/** Kept of each stream when the caller does not say: what a probe shows (kubelet: maxProbeMessageLength is 10 KiB). */
const defaultOutputBytes = 10 * 1024

/** Runs a command to its end. What the runtime cannot do throws: that is no result of the command. */
export async function execSync(connection: CriConnection, id: ContainerId, command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const { timeoutMs, signal, maxOutputBytes = defaultOutputBytes } = options
  const cut = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxOutputBytes)).toString()
  // The runtime counts in seconds and ends the command itself; a part of a second is ours to watch, and giving the call up ends it too.
  const watch = timeoutMs !== undefined && timeoutMs % 1000 !== 0
  const timeout = timeoutMs === undefined ? 0 : Math.ceil(timeoutMs / 1000)
  const deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : watch ? timeoutMs : timeoutMs + connection.timeoutMs
  const request = { containerId: id, cmd: command, timeout }
  try {
    const { stdout, stderr, exitCode } = await connection.linger(`exec in container ${id}`, containers.execSync, request, { deadlineMs, signal })
    return { exitCode, stdout: cut(stdout), stderr: cut(stderr) }
  } catch (error) {
    if (signal?.aborted) throw new EngineError('timeout', `exec in container ${id} was aborted`, { cause: signal.reason })
    if (error instanceof EngineError && error.kind === 'timeout' && timeoutMs !== undefined)
      throw new EngineError('timeout', `command ${command[0]} timed out after ${timeoutMs} ms`, { cause: error.cause })
    if (await isNotRunning(connection, id, error)) throw new EngineError('invalid', (error as EngineError).message, { cause: error })
    throw error
  }
}

/** Whether a refusal is because the container does not run: CRI has no code for it. */
export async function isNotRunning(connection: CriConnection, id: ContainerId, error: unknown): Promise<boolean> {
  if (!(error instanceof EngineError) || !['internal', 'invalid', 'cannot-run'].includes(error.kind)) return false
  if (/is in CONTAINER_\w+ state|is not running/i.test(runtimeMessage(error))) return true
  const answer = await connection.read(`look at container ${id}`, containers.status, { containerId: id }).catch(() => undefined)
  return answer?.status !== undefined && answer.status.state !== 1
}
