import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { containers } from '../../protobuf/cri/container.ts'
import { sandboxes } from '../../protobuf/cri/sandbox.ts'
import type { SpdySession, SpdyStream } from '../../server/spdy/session.ts'
import { type ContainerId, EngineError, type SandboxId, type StreamOptions, type StreamSession } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { isNotRunning } from './exec-sync.ts'
import type { ExitWatch } from './exits.ts'
import { openSpdy } from './streaming-server.ts'

/** Starts a command with its streams open, through the runtime's streaming server. */
export async function execSession(connection: CriConnection, id: ContainerId, command: readonly string[], options: StreamOptions): Promise<StreamSession> {
  const streams = await openSession(await execUrl(connection, id, command, options), options)
  return session(connection, streams, options, (said) => said.then((status) => exitCode(status)))
}

/** The streams of a container's own process. Its exit code is the container's. */
export async function attachSession(connection: CriConnection, exits: ExitWatch, id: ContainerId, options: StreamOptions): Promise<StreamSession> {
  const streams = await openSession(await attachUrl(connection, id, options), options)
  return session(connection, streams, options, async (said, closed) => {
    await said
    return exits.exitCode(id, closed)
  })
}

/** Where a client is to be sent that starts a command. Good for one connection, and for a minute. */
export async function execUrl(connection: CriConnection, id: ContainerId, command: readonly string[], options: Omit<StreamOptions, 'signal'>): Promise<string> {
  const { stdin, stdout, stderr, tty } = options
  const request = { containerId: id, cmd: command, stdin, stdout, stderr: stderr && !tty, tty }
  return ask(connection, id, () => connection.read(`exec in container ${id}`, containers.exec, request))
}

/** Where a client is to be sent that attaches. */
export async function attachUrl(connection: CriConnection, id: ContainerId, { stdin, stdout, stderr, tty }: Omit<StreamOptions, 'signal'>): Promise<string> {
  return ask(connection, id, () =>
    connection.read(`attach to container ${id}`, containers.attach, { containerId: id, stdin, stdout, stderr: stderr && !tty, tty }),
  )
}

/** Where a client is to be sent that forwards ports: it names them as it opens its streams. */
export async function portForwardUrl(connection: CriConnection, id: SandboxId): Promise<string> {
  return (await connection.read(`forward ports of sandbox ${id}`, sandboxes.portForward, { podSandboxId: id })).url
}

async function ask(connection: CriConnection, id: ContainerId, call: () => Promise<{ readonly url: string }>): Promise<string> {
  try {
    return (await call()).url
  } catch (error) {
    throw (await isNotRunning(connection, id, error)) ? new EngineError('invalid', (error as EngineError).message, { cause: error }) : error
  }
}

interface OpenSession {
  readonly spdy: SpdySession
  readonly error: SpdyStream
  readonly stdin: SpdyStream | undefined
  readonly stdout: SpdyStream | undefined
  readonly stderr: SpdyStream | undefined
  readonly resize: SpdyStream | undefined
}

/** The order is that of Go's client. */
async function openSession(url: string, { stdin, stdout, stderr, tty }: StreamOptions): Promise<OpenSession> {
  const spdy = await openSpdy(url)
  const open = (type: string, wanted: boolean) => (wanted ? spdy.open(new Map([['streamtype', [type]]])) : undefined)
  const error = spdy.open(new Map([['streamtype', ['error']]]))
  return { spdy, error, stdin: open('stdin', stdin), stdout: open('stdout', stdout), stderr: open('stderr', stderr && !tty), resize: open('resize', tty) }
}

function session(
  connection: CriConnection,
  streams: OpenSession,
  options: StreamOptions,
  exitOf: (said: Promise<string>, closed: AbortSignal) => Promise<number>,
): StreamSession {
  const { spdy, error, stdin, stdout, stderr, resize } = streams
  const over = new AbortController()
  const signal = AbortSignal.any([connection.closed, over.signal, ...(options.signal ? [options.signal] : [])])
  const end = () => spdy.destroy()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  const exit = exitOf(text(error), signal).finally(() => signal.removeEventListener('abort', end))
  // Whoever wants the code gets the error; who does not must not be ended by it.
  exit.catch(() => {})
  return {
    stdin,
    stdout: stdout ?? Readable.from([]),
    stderr,
    async resize({ width, height }) {
      resize?.write(`${JSON.stringify({ Width: width, Height: height })}\n`)
    },
    exit,
    async close() {
      over.abort()
      spdy.destroy()
      await spdy.closed
    },
  }
}

/** The code in the Status that ends a command's error stream; nothing said is success. */
function exitCode(said: string): number {
  if (said === '') return 0
  const { status, reason, message, details } = JSON.parse(said) as {
    readonly status?: string
    readonly reason?: string
    readonly message?: string
    readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] }
  }
  if (status === 'Success') return 0
  const code = details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message
  if (reason === 'NonZeroExitCode' && code !== undefined) return Number(code)
  throw new EngineError('internal', message || said)
}
