import { type Duplex, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { TurnCork } from '../../base/turn-cork.ts'
import { type ContainerId, EngineError, type StreamOptions, type StreamSession } from '../engine.ts'
import { answers } from './answers.ts'
import type { DockerConnection } from './connection.ts'
import { inspectContainer } from './containers.ts'
import { execExitCode } from './exec-end.ts'
import { sessionOutput } from './session-output.ts'

/** Starts a command with its streams open. */
export async function execSession(connection: DockerConnection, id: ContainerId, command: readonly string[], options: StreamOptions): Promise<StreamSession> {
  const what = `exec in container ${id}`
  const { Id } = await connection.read(what, answers.execCreated, (docker) =>
    docker.getContainer(id).exec({
      Cmd: [...command],
      AttachStdin: options.stdin,
      AttachStdout: options.stdout,
      AttachStderr: options.stderr && !options.tty,
      Tty: options.tty,
    }),
  )
  const stream = await connection.open(what, (docker) => docker.getExec(Id).start({ hijack: true, stdin: options.stdin, Tty: options.tty }), options.signal)
  return session(connection, stream, options, {
    exit: (ended, _, said) => ended.then(() => execExitCode(connection, Id, what, said)),
    resize: (size) => connection.read(what, answers.nothing, (docker) => docker.getExec(Id).resize({ w: size.width, h: size.height })),
  })
}

/** The streams of a container's own process. */
export async function attachSession(connection: DockerConnection, id: ContainerId, options: StreamOptions): Promise<StreamSession> {
  const what = `attach to container ${id}`
  const info = await inspectContainer(connection, id)
  if (!info) throw new EngineError('not-found', `cannot ${what}: No such container: ${id}`)
  if (!info.State.Running) throw new EngineError('invalid', `cannot ${what}: it is not running`)
  // Whether the output is framed is the container's affair, not the caller's.
  const tty = info.Config.Tty ?? false
  const stream: NodeJS.ReadWriteStream = await connection.open(
    what,
    (docker) => docker.getContainer(id).attach({ stream: true, hijack: true, stdin: options.stdin, stdout: options.stdout, stderr: options.stderr && !tty }),
    options.signal,
  )
  return session(
    connection,
    stream as Duplex,
    { ...options, tty },
    {
      exit: (_, signal) => connection.wait(what, answers.containerEnded, (docker) => docker.getContainer(id).wait(), signal).then((end) => end.StatusCode),
      resize: (size) => connection.read(what, answers.nothing, (docker) => docker.getContainer(id).resize({ w: size.width, h: size.height })),
    },
  )
}

interface SessionCalls {
  /** `said` is the beginning of the output. */
  readonly exit: (outputEnded: Promise<void>, closed: AbortSignal, said: () => string) => Promise<number>
  readonly resize: (size: { readonly width: number; readonly height: number }) => Promise<unknown>
}

function session(connection: DockerConnection, socket: Duplex, options: StreamOptions, calls: SessionCalls): StreamSession {
  const over = new AbortController()
  const signal = AbortSignal.any([connection.closed, over.signal, ...(options.signal ? [options.signal] : [])])
  const { stdout, stderr, ended, beginning } = sessionOutput(socket, { tty: options.tty, stderr: options.stderr })
  const end = () => void socket.destroy()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()

  // The engine going away mid-stream ends the session; the exit code, which cannot be had, says so.
  const said = ended.catch((error: unknown) => {
    if (!signal.aborted) connection.log.debug('a stream of a container broke', { cause: error instanceof Error ? error.message : String(error) })
  })
  const exit = calls.exit(said, signal, beginning)
  // Whoever wants the code gets the error; who does not must not be ended by it.
  exit.catch(() => {})
  return {
    stdin: options.stdin ? halfClosing(socket) : undefined,
    stdout,
    stderr,
    async resize(size) {
      await calls.resize(size)
    },
    exit,
    async close() {
      over.abort()
      await finished(socket).catch(() => {})
    },
  }
}

/** Ending it ends the process's input only; its output goes on. What comes in one turn of the event loop is written as one: Docker wakes up for each. */
function halfClosing(socket: Duplex): Writable {
  const cork = new TurnCork(socket)
  const input = new Writable({
    write(chunk: Uint8Array, _, done) {
      if (!socket.writable) return done(new Error('the process takes no more input'))
      cork.hold()
      if (socket.write(chunk)) done()
      else socket.once('drain', done)
    },
    final(done) {
      cork.release()
      socket.end(done)
    },
  })
  // The process may end before it has read its input: whoever writes sees that in its own write.
  input.on('error', () => {})
  socket.once('close', () => input.destroy())
  return input
}
