import type { Duplex } from 'node:stream'
import { sleep, type Timer } from '../../base/clock.ts'
import { type ContainerId, EngineError, type ExecOptions, type ExecResult } from '../engine.ts'
import type { DockerConnection } from './connection.ts'
import { demultiplex } from './demultiplex.ts'
import { engineError } from './errors.ts'
import { killExec } from './exec-kill.ts'

/** Docker closes the output a moment before it writes down how the process ended. */
const exitPollMs = 20
const exitPolls = 100
/** Kept of each stream when the caller does not say: what a probe shows (kubelet: maxProbeMessageLength is 10 KiB). */
const defaultOutputBytes = 10 * 1024

/** Runs a command to its end. A command that cannot be started ends with 126 or 127 and Docker's words in its output, as in a shell. */
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
  const stop = (error: EngineError) => {
    stopped ??= error
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
    const container = connection.docker.getContainer(id)
    const exec = await connection.read(what, () => container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true }))
    if (stopped) throw stopped
    execId = exec.id
    // The command's time begins when it does: not while it waits in line for the engine with hundreds of others.
    if (options.timeoutMs !== undefined)
      timer = connection.clock.setTimer(options.timeoutMs, () =>
        stop(new EngineError('timeout', `command ${command[0]} timed out after ${options.timeoutMs} ms`)),
      )
    stream = await connection.open(what, () => exec.start({ hijack: true, stdin: false }))
    if (stopped) stream.destroy(stopped)
    for await (const { stream: name, data } of demultiplex(stream, { tty: false })) {
      const room = limit - sizes[name]
      if (room > 0) kept[name].push(Buffer.from(data.subarray(0, room)))
      sizes[name] += data.length
    }
    const exitCode = await execExitCode(connection, exec, what)
    if (stopped) throw stopped
    return { exitCode, stdout: Buffer.concat(kept.stdout).toString(), stderr: Buffer.concat(kept.stderr).toString() }
  } catch (error) {
    if (stopped?.kind === 'timeout' && execId !== undefined) await killExec(connection, id, execId)
    throw stopped ?? engineError(error, what, connection.endpoint)
  } finally {
    timer?.cancel()
    options.signal?.removeEventListener('abort', onAbort)
    connection.closed.removeEventListener('abort', onClosed)
    stream?.destroy()
  }
}

interface InspectableExec {
  inspect(): Promise<{ readonly Running: boolean; readonly ExitCode: number | null }>
}

/** How a process ended whose output has ended. */
export async function execExitCode(connection: DockerConnection, exec: InspectableExec, what: string): Promise<number> {
  for (let poll = 0; poll < exitPolls; poll++) {
    const { Running, ExitCode } = await connection.read(what, () => exec.inspect())
    if (!Running && ExitCode !== null) return ExitCode
    await sleep(connection.clock, exitPollMs, connection.closed)
  }
  throw new EngineError('internal', `${what}: the output has ended and the process has not`)
}
