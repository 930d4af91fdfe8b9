import { Readable, Writable } from 'node:stream'
import type { ReadableStream as WebReadable } from 'node:stream/web'
import { sleep } from '../../base/clock.ts'
import { EngineError, type StreamOptions, type StreamSession } from '../engine.ts'
import type { SimulatedContainer } from './container.ts'
import { type ExecHandler, execAnswer } from './exec.ts'
import type { World } from './world.ts'

interface SessionStreams {
  /** What the caller writes; ends when the caller ends it. */
  readonly input: ReadableStream<Uint8Array>
  write(stream: 'stdout' | 'stderr', data: Uint8Array): Promise<void>
  readonly signal: AbortSignal
}

/** Chunks of output that wait for a slow reader. */
const outputChunks = 16

/** A command with its streams open. */
export function execSession(
  world: World,
  container: SimulatedContainer,
  handler: ExecHandler | undefined,
  command: readonly string[],
  options: StreamOptions,
): StreamSession {
  return session(world, container, options, async ({ input, write, signal }) => {
    const { exitCode, stdout = '', stderr = '', afterMs = 0, echo = false } = await execAnswer(container, handler, command)
    if (stdout !== '') await write('stdout', Buffer.from(stdout))
    if (stderr !== '') await write('stderr', Buffer.from(stderr))
    if (afterMs > 0) await sleep(world.clock, afterMs, signal)
    if (echo) for await (const chunk of input) await write('stdout', chunk)
    return exitCode
  })
}

/** The output of a container's own process from now on. One that echoes writes what it is told, line by line; others read nothing. */
export function attachSession(world: World, container: SimulatedContainer, options: StreamOptions): StreamSession {
  return session(world, container, { ...options, tty: container.config.tty }, async ({ input, write, signal }) => {
    let position = container.log.end
    if (options.stdin && container.settings.echo) listen(container, input).catch(() => {})
    while (container.running || container.log.end > position) {
      const lines = container.log.from(position)
      position = container.log.end
      for (const { stream, text } of lines) await write(stream, Buffer.from(`${text}\n`))
      if (container.running) await container.log.changed(position, signal)
      signal.throwIfAborted()
    }
    return container.state().exitCode ?? 0
  })
}

async function listen(container: SimulatedContainer, input: ReadableStream<Uint8Array>): Promise<void> {
  let rest = ''
  for await (const text of input.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) container.write(line)
  }
  if (rest !== '') container.write(rest)
}

function session(world: World, container: SimulatedContainer, options: StreamOptions, run: (streams: SessionStreams) => Promise<number>): StreamSession {
  if (!container.running) throw new EngineError('invalid', `cannot open streams of container ${container.id}: it is not running`)
  const over = new AbortController()
  const signal = AbortSignal.any([world.closed, over.signal, ...(options.signal ? [options.signal] : [])])
  const input = new TransformStream<Uint8Array, Uint8Array>()
  const pipe = () => new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: outputChunks })
  const stdout = pipe()
  const stderr = options.stderr && !options.tty ? pipe() : undefined
  const writers = { stdout: stdout.writable.getWriter(), stderr: stderr?.writable.getWriter() }
  const ended = Promise.withResolvers<number>()
  const onAbort = () => ended.reject(new EngineError('unreachable', `the streams of container ${container.id} were closed`))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const forget = container.onEnd(() => ended.resolve(container.state().exitCode ?? 137))
  const streams: SessionStreams = {
    input: input.readable,
    // Without a stream of its own (a terminal's), an error goes where the output goes; what is not asked for is dropped.
    async write(stream, data) {
      const writer = stream === 'stderr' && !options.tty ? writers.stderr : options.stdout ? writers.stdout : undefined
      await writer?.write(data)
    },
    signal,
  }
  const finish = async () => {
    signal.removeEventListener('abort', onAbort)
    forget()
    over.abort()
    // Closed, not aborted: what was written can still be read. A reader that has gone away makes that fail, and nothing is lost by it.
    for (const writer of [writers.stdout, writers.stderr]) writer?.close().catch(() => {})
  }
  const running = run(streams)
  running.catch(() => {})
  const exit = Promise.race([running, ended.promise]).finally(finish)
  exit.catch(() => {})
  return {
    stdin: options.stdin ? Writable.fromWeb(input.writable) : undefined,
    stdout: Readable.fromWeb(stdout.readable as WebReadable),
    stderr: stderr && Readable.fromWeb(stderr.readable as WebReadable),
    async resize() {},
    exit,
    async close() {
      over.abort()
      await exit.catch(() => {})
    },
  }
}
