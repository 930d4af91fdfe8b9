import type { Readable, Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { EngineError, type StreamOptions, type StreamSession } from '../../engine/engine.ts'
import { type CommandStatus, exitStatus, failureStatus } from './status.ts'

export interface TerminalSize {
  readonly width: number
  readonly height: number
}

/** The client's ends of a command's streams, however they came over the wire. Those that it did not ask for are absent. */
export interface RemoteStreams {
  readonly stdin: Readable | undefined
  readonly stdout: Writable | undefined
  readonly stderr: Writable | undefined
  onResize(listener: (size: TerminalSize) => void): void
  /** Tells how it ended, and ends the connection. */
  finish(status: CommandStatus): Promise<void>
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal
}

/** What a client asks of `/exec` and `/attach`, by the kubelet's query: `input`, `output`, `error`, `tty`. */
export function streamOptions(query: URLSearchParams): Omit<StreamOptions, 'signal'> {
  const asked = (name: string) => ['1', 'true'].includes(query.get(name) ?? '')
  const tty = asked('tty')
  // With a terminal there is one output.
  return { stdin: asked('input'), stdout: asked('output'), stderr: asked('error') && !tty, tty }
}

/** Joins a process's streams with the client's until either ends. Nothing is left open: a client that hangs up ends the session. */
export async function runRemoteCommand(open: (signal: AbortSignal) => Promise<StreamSession>, remote: RemoteStreams): Promise<void> {
  let session: StreamSession
  try {
    session = await open(remote.gone)
  } catch (error) {
    return remote.finish(failureStatus(error instanceof Error ? error.message : String(error)))
  }
  const close = () => void session.close().catch(() => {})
  remote.gone.addEventListener('abort', close, { once: true })
  try {
    remote.onResize((size) => void session.resize(size).catch(() => {}))
    // The process may end before it has read all of its input: that is no failure.
    if (session.stdin && remote.stdin) void pipeline(remote.stdin, session.stdin).catch(() => {})
    const outputs = [pass(session.stdout, remote.stdout), pass(session.stderr, remote.stderr)]
    const [code] = await Promise.all([session.exit, ...outputs])
    await remote.finish(exitStatus(code))
  } catch (error) {
    if (remote.gone.aborted) return
    await remote.finish(failureStatus(error instanceof EngineError || error instanceof Error ? error.message : String(error)))
  } finally {
    remote.gone.removeEventListener('abort', close)
    remote.stdin?.destroy()
    close()
  }
}

/** Hands output on no faster than the client takes it; what nobody asked for is read all the same, since the process would wait. */
async function pass(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (!from) return
  if (to) return pipeline(from, to, { end: false })
  from.resume()
  await finished(from)
}
