import { sleep } from '../../base/clock.ts'
import { EngineError, type ExecOptions, type ExecResult, type PodIdentity } from '../engine.ts'
import type { SimulatedContainer } from './container.ts'
import { commandSettings, type Settings, simulatedCommand } from './settings.ts'
import type { World } from './world.ts'

/** How a command in a container ends. */
export interface ExecAnswer {
  readonly exitCode: number
  readonly stdout?: string
  readonly stderr?: string
  /** Before it ends. */
  readonly afterMs?: number
  /** Its input is its output (of streams only). */
  readonly echo?: boolean
}

export interface ExecCall {
  readonly pod: PodIdentity
  readonly container: string
  readonly command: readonly string[]
}

/** Answers exec calls (a probe's, a hook's, kubectl's); undefined leaves it to the settings. */
export type ExecHandler = (call: ExecCall) => ExecAnswer | undefined | Promise<ExecAnswer | undefined>

/** Kept of each stream when the caller does not say, as the Docker engine keeps. */
const defaultOutputBytes = 10 * 1024

const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join('')

/** What a command comes to: by the container's handler, the engine's, the words of a simulated command, the container's settings. */
export async function execAnswer(container: SimulatedContainer, handler: ExecHandler | undefined, command: readonly string[]): Promise<ExecAnswer> {
  const call: ExecCall = { pod: container.config.pod, container: container.config.name, command }
  const handled = (await container.execHandler?.(call)) ?? (await handler?.(call))
  if (handled) return handled
  const { settings } = container
  if (command[0] === simulatedCommand) return spokenAnswer(container, commandSettings(settingsOfCommand(settings), command))
  return { exitCode: settings.execExitCode, stdout: settings.execOutput, afterMs: container.draw(settings.execDelay) }
}

// What the container itself does is not what a command in it does.
const settingsOfCommand = (settings: Settings): Settings => ({ ...settings, log: [], logStderr: [], exitAfter: undefined, exitCode: 0, echo: false })

function spokenAnswer(container: SimulatedContainer, { log, logStderr, exitAfter, exitCode, echo }: Settings): ExecAnswer {
  return { exitCode, stdout: lines(log), stderr: lines(logStderr), afterMs: exitAfter && exitAfter !== 'never' ? container.draw(exitAfter) : undefined, echo }
}

/** Runs a command to its end; 137 when the container ends under it. Throws `timeout`, `invalid` when the container does not run. */
export async function simulatedExec(
  world: World,
  container: SimulatedContainer,
  handler: ExecHandler | undefined,
  command: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const what = `exec in container ${container.id}`
  if (!container.running) throw new EngineError('invalid', `cannot ${what}: it is not running`)
  const over = new AbortController()
  const stop = (error: EngineError) => over.abort(error)
  const onAbort = () => stop(new EngineError('timeout', `${what} was aborted`, { cause: options.signal?.reason }))
  const onClosed = () => stop(new EngineError('unreachable', `${what}: the engine client is closed`))
  const { timeoutMs } = options
  const timer =
    timeoutMs === undefined
      ? undefined
      : world.clock.setTimer(timeoutMs, () => stop(new EngineError('timeout', `command ${command[0]} timed out after ${timeoutMs} ms`)))
  const stopped = new Promise<never>((_, reject) => over.signal.addEventListener('abort', () => reject(over.signal.reason), { once: true }))
  // Raced below; where it loses, nobody else hears of it.
  stopped.catch(() => {})
  options.signal?.addEventListener('abort', onAbort, { once: true })
  world.closed.addEventListener('abort', onClosed, { once: true })
  const ended = Promise.withResolvers<ExecAnswer>()
  const forget = container.onEnd(() => ended.resolve({ exitCode: 137 }))
  const answering = async () => {
    const answer = await execAnswer(container, handler, command)
    if (answer.afterMs) await sleep(world.clock, answer.afterMs, over.signal)
    return answer
  }
  try {
    if (options.signal?.aborted) onAbort()
    over.signal.throwIfAborted()
    const answer = await Promise.race([answering(), ended.promise, stopped])
    const limit = options.maxOutputBytes ?? defaultOutputBytes
    const cut = (text: string | undefined) =>
      Buffer.from(text ?? '')
        .subarray(0, limit)
        .toString()
    return { exitCode: answer.exitCode, stdout: cut(answer.stdout), stderr: cut(answer.stderr) }
  } finally {
    timer?.cancel()
    forget()
    // Ends the sleep of an answer that lost the race.
    over.abort(new EngineError('timeout', `${what} is over`))
    options.signal?.removeEventListener('abort', onAbort)
    world.closed.removeEventListener('abort', onClosed)
  }
}
