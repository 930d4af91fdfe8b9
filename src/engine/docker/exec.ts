import type { Duplex } from 'node:stream'
import type { Timer } from '../../base/clock.ts'
import { type ContainerId, EngineError, type ExecOptions, type ExecResult } from '../engine.ts'
import { answers } from './answers.ts'
import type { DockerConnection } from './connection.ts'
import { demultiplex } from './demultiplex.ts'
import { engineError } from './errors.ts'
import { AnswerError } from './exchange.ts'
import { awaitExecEnd, execExitCode, mostReasonBytes } from './exec-end.ts'
import { killExec } from './exec-kill.ts'

/** Kept of each stream when the caller does not say: what a probe shows (kubelet: maxProbeMessageLength is 10 KiB). */
const defaultOutputBytes = 10 * 1024

/**
 * Runs a command to its end. A command that cannot be started ends with 126 or 127 and Docker's words in its output, as in a shell. Throws what the engine
 * could not do: that is no end of the command, whatever code Docker gives it; `timeout` is the command's own, never the engine's.
 */
export async function execInContainer(
  connection: DockerConnection,
  id: ContainerId,
  command: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const what = `exec in container ${id}`
  const limit = options.maxOutputBytes ?? defaultOutputBytes
  const kept: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  const sizes = { stdout: 0, stderr: 0 }
  let stream: Duplex | undefined
  let stopped: EngineError | undefined
  let execId: string | undefined
  const ending = new AbortController()
  const stop = (error: EngineError) => {
    stopped ??= error
    ending.abort(stopped)
    stream?.destroy(stopped)
  }
  const onAbort = () => stop(new EngineError('timeout', `${what} was aborted`, { cause: options.signal?.reason }))
  const onClosed = () => stop(new EngineError('unreachable', `${what}: the engine client is closed`))
  let timer: Timer | undefined
  options.signal?.addEventListener('abort', onAbort, { once: true })
  connection.closed.addEventListener('abort', onClosed, { once: true })
  try {
    if (options.signal?.aborted) onAbort()
    if (stopped) throw stopped
    const { Id } = await connection.read(what, answers.execCreated, (docker) =>
      docker.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true }),
    )
    if (stopped) throw stopped
    execId = Id
    // The command's time begins when it does: not while it waits in line for the engine with hundreds of others.
    if (options.timeoutMs !== undefined)
      timer = connection.clock.setTimer(options.timeoutMs, () =>
        stop(new EngineError('timeout', `command ${command[0]} timed out after ${options.timeoutMs} ms`)),
      )
    try {
      stream = await connection.open(what, (docker) => docker.getExec(Id).start({ hijack: true, stdin: false }), ending.signal)
      if (stopped) stream.destroy(stopped)
      for await (const { stream: name, data } of demultiplex(stream, { tty: false })) {
        const room = limit - sizes[name]
        if (room > 0) kept[name].push(Buffer.from(data.subarray(0, room)))
        sizes[name] += data.length
      }
    } catch (error) {
      const away = !(error instanceof AnswerError) && engineError(error, what, connection.endpoint).kind === 'unreachable'
      if (stopped || !away || !options.outlastsEngine) throw error
      // How it ended is asked for.
    }
    const said = () => Buffer.concat(kept.stdout).subarray(0, mostReasonBytes).toString()
    const exitCode = options.outlastsEngine ? await awaitExecEnd(connection, Id, what, said, ending.signal) : await execExitCode(connection, Id, what, said)
    if (stopped) throw stopped
    return { exitCode, stdout: Buffer.concat(kept.stdout).toString(), stderr: Buffer.concat(kept.stderr).toString() }
  } catch (error) {
    if (stopped?.kind === 'timeout' && execId !== undefined && !(await killExec(connection, id, execId)) && !options.signal?.aborted)
      throw new EngineError('unreachable', `cannot ${what}: the Docker Engine did not run the command within ${options.timeoutMs} ms`, { cause: stopped })
    throw stopped ?? engineError(error, what, connection.endpoint)
  } finally {
    timer?.cancel()
    options.signal?.removeEventListener('abort', onAbort)
    connection.closed.removeEventListener('abort', onClosed)
    stream?.destroy()
  }
}
