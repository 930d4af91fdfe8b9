import { type Duplex, PassThrough, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { type ContainerId, EngineError, type StreamOptions, type StreamSession } from '../engine.ts'
import type { DockerConnection } from './connection.ts'
import { demultiplex } from './demultiplex.ts'
import { execExitCode } from './exec.ts'

/** Starts a command with its streams open. */
export async function execSession(connection: DockerConnection, id: ContainerId, command: readonly string[], options: StreamOptions): Promise<StreamSession> {
  const what = `exec in container ${id}`
  const exec = await connection.read(what, () =>
    connection.docker.getContainer(id).exec({
      Cmd: [...command],
      AttachStdin: options.stdin,
      AttachStdout: options.stdout,
      AttachStderr: options.stderr && !options.tty,
      Tty: options.tty,
    }),
  )
  const stream = await connection.open(what, () => exec.start({ hijack: true, stdin: options.stdin, Tty: options.tty }))
  return session(connection, stream, options, {
    exit: (ended) => ended.then(() => execExitCode(connection, exec, what)),
    resize: (size) => connection.read(what, () => exec.resize({ w: size.width, h: size.height })),
  })
}

/** The streams of a container's own process. */
export async function attachSession(connection: DockerConnection, id: ContainerId, options: StreamOptions): Promise<StreamSession> {
  const what = `attach to container ${id}`
  const container = connection.docker.getContainer(id)
  const info = await connection.read(what, () => container.inspect())
  if (!info.State.Running) throw new EngineError('invalid', `cannot ${what}: it is not running`)
  // Whether the output is framed is the container's affair, not the caller's.
  const tty = info.Config.Tty
  const stream: NodeJS.ReadWriteStream = await connection.open(what, () =>
    container.attach({ stream: true, hijack: true, stdin: options.stdin, stdout: options.stdout, stderr: options.stderr && !tty }),
  )
  return session(
    connection,
    stream as Duplex,
    { ...options, tty },
    {
      exit: (_, signal) => connection.open(what, () => container.wait({ abortSignal: signal })).then((result: { StatusCode: number }) => result.StatusCode),
      resize: (size) => connection.read(what, () => container.resize({ w: size.width, h: size.height })),
    },
  )
}

interface SessionCalls {
  readonly exit: (outputEnded: Promise<void>, closed: AbortSignal) => Promise<number>
  readonly resize: (size: { readonly width: number; readonly height: number }) => Promise<unknown>
}

function session(connection: DockerConnection, socket: Duplex, options: StreamOptions, calls: SessionCalls): StreamSession {
  const over = new AbortController()
  const signal = AbortSignal.any([connection.closed, over.signal, ...(options.signal ? [options.signal] : [])])
  const stdout = new PassThrough()
  const stderr = options.stderr && !options.tty ? new PassThrough() : undefined
  const end = () => {
    socket.destroy()
    stdout.end()
    stderr?.end()
  }
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()

  const pump = async () => {
    try {
      for await (const piece of demultiplex(socket, { tty: options.tty })) {
        const target = piece.stream === 'stderr' ? stderr : stdout
        if (!target || target.writableEnded || target.destroyed || target.write(piece.data)) continue
        await drained(target, signal)
      }
    } catch (error) {
      // The engine going away mid-stream ends the session; the exit code, which cannot be had, says so.
      if (!signal.aborted) connection.log.debug('a stream of a container broke', { cause: error instanceof Error ? error.message : String(error) })
    } finally {
      stdout.end()
      stderr?.end()
    }
  }
  const exit = calls.exit(pump(), signal)
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

/** What waits for the process to read. */
const inputBytes = 128 << 10

/** Ending it ends the process's input only; its output goes on. */
function halfClosing(socket: Duplex): Writable {
  const refusal = () => new Error('the process takes no more input')
  const input = new Writable({
    highWaterMark: inputBytes,
    write(chunk: Uint8Array, _, done) {
      if (socket.writable) socket.write(chunk, done)
      else done(refusal())
    },
    writev(chunks, done) {
      if (!socket.writable) return done(refusal())
      socket.cork()
      chunks.forEach(({ chunk }, at) => void socket.write(chunk, at === chunks.length - 1 ? done : undefined))
      socket.uncork()
    },
    final(done) {
      socket.end(done)
    },
  })
  // The process may end before it has read its input: whoever writes sees that in its own write.
  input.on('error', () => {})
  socket.once('close', () => input.destroy())
  return input
}

function drained(target: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      target.off('drain', settle)
      target.off('close', settle)
      signal.removeEventListener('abort', settle)
      resolve()
    }
    target.on('drain', settle)
    target.on('close', settle)
    signal.addEventListener('abort', settle, { once: true })
  })
}
