import type { Duplex } from 'node:stream'
import { type Clock, sleep } from '../../base/clock.ts'
import type { StreamOptions } from '../../engine/engine.ts'
import { type SpdySession, type SpdyStream, spdySession } from '../spdy/session.ts'
import type { RemoteStreams, TerminalSize } from './remote-command.ts'

/** Newest first. v1: plain text errors; v2: the error stream closes; v3: resize; v4: a Status on the error stream. v5 adds what WebSockets need. */
export const spdyCommandProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io']

/** kubelet 1.32: streamCreationTimeout. */
const creationTimeoutMs = 30_000

/** Waits for the streams that the client said it would open, and gives them as one. Rejects when they do not come in time. */
export async function spdyCommandStreams(socket: Duplex, options: Omit<StreamOptions, 'signal'>, protocol: string, clock: Clock): Promise<RemoteStreams> {
  const streams = new Map<string, SpdyStream>()
  const resizes = options.tty && protocol !== 'channel.k8s.io' && protocol !== 'v2.channel.k8s.io'
  const wanted = [
    'error',
    ...(options.stdin ? ['stdin'] : []),
    ...(options.stdout ? ['stdout'] : []),
    ...(options.stderr ? ['stderr'] : []),
    ...(resizes ? ['resize'] : []),
  ]
  const complete = Promise.withResolvers<void>()
  const session = spdySession(socket, (stream) => {
    const type = stream.header('streamtype') ?? ''
    if (!wanted.includes(type) || streams.has(type)) return stream.refuse()
    streams.set(type, stream)
    stream.accept()
    if (streams.size === wanted.length) complete.resolve()
  })
  const waited = new AbortController()
  await Promise.race([
    complete.promise,
    session.closed.then(() => Promise.reject(new Error('the client went before its streams came'))),
    sleep(clock, creationTimeoutMs, waited.signal).then(() => Promise.reject(new Error(`timed out waiting for the client's streams: ${wanted.join(', ')}`))),
  ]).finally(() => waited.abort())
  // Streams that end are ended by us, but for the input.
  streams.get('error')?.resume()
  return asRemote(session, streams, protocol)
}

function asRemote(session: SpdySession, streams: ReadonlyMap<string, SpdyStream>, protocol: string): RemoteStreams {
  const gone = new AbortController()
  void session.closed.then(() => gone.abort(new Error('the client is gone')))
  const ended = (stream: SpdyStream | undefined) => (stream ? new Promise<void>((resolve) => stream.end(() => resolve())) : Promise.resolve())
  return {
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    onResize(listener) {
      const resize = streams.get('resize')
      if (resize) void readSizes(resize, listener).catch(() => {})
    },
    async finish(status) {
      const error = streams.get('error')
      if (protocol === 'v4.channel.k8s.io') error?.write(JSON.stringify(status))
      else if (status.status === 'Failure') error?.write(status.message)
      await Promise.all([ended(streams.get('stdout')), ended(streams.get('stderr')), ended(error)])
      session.end()
      // A client that keeps its side open is not waited for.
      await Promise.race([session.closed, new Promise((resolve) => setTimeout(resolve, 1000).unref())])
      session.destroy()
    },
    gone: gone.signal,
  }
}

/** `{"Width":80,"Height":24}`, one after the other without separators. */
async function readSizes(stream: SpdyStream, listener: (size: TerminalSize) => void): Promise<void> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
    rest += chunk
    for (let end = rest.indexOf('}'); end >= 0; end = rest.indexOf('}')) {
      const size = parseSize(rest.slice(0, end + 1))
      rest = rest.slice(end + 1)
      if (size) listener(size)
    }
    if (rest.length > 1024) return
  }
}

/** Undefined for what is no size of a terminal. */
export function parseSize(text: string): TerminalSize | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(text) as { Width?: unknown; Height?: unknown }
    return Number.isInteger(width) && Number.isInteger(height) && Number(width) > 0 && Number(height) > 0
      ? { width: Math.min(Number(width), 0xffff), height: Math.min(Number(height), 0xffff) }
      : undefined
  } catch {
    return undefined
  }
}
