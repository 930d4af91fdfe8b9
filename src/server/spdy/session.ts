import { Duplex } from 'node:stream'
import { assertNever } from '../../base/assert-never.ts'
import { drained } from '../../connections/drained.ts'
import { endSoon } from '../../connections/end-soon.ts'
import { writeTogether } from '../write-together.ts'
import { controlFrame, controlType, dataHeader, type Frame, FrameParser, flagFin, rstStatus } from './frames.ts'
import { HeaderReader, HeaderWriter, type SpdyHeaders } from './header-block.ts'

/** Streams open at once on one connection; a client that wants more is refused the rest. */
const mostStreams = 1024
/** What a stream that nobody reads holds of what was sent to it, before it holds up the connection. Of all streams that is 16 MB. */
const heldOfStream = 16 << 10

/** A peer that is gone is noticed at the second write to it. */
const heldUpProbeMs = 5000
/** Numbers of a server's pings and streams are even, a client's odd. */
const firstNumber = { server: 2, client: 1 } as const

/** One side of a SPDY/3.1 connection. */
export interface SpdySession {
  /** Opens a stream; the peer refuses one by closing it. */
  open(headers: SpdyHeaders): SpdyStream
  /** Ended, by either side. */
  readonly closed: Promise<void>
  /** Ends the connection once what was written is out. */
  end(): void
  destroy(): void
}

/** A stream of either side. One that the peer opened is accepted by `accept`, refused by `refuse`. */
export class SpdyStream extends Duplex {
  readonly id: number
  readonly headers: SpdyHeaders
  readonly #connection: Connection
  #wanted: (() => void) | undefined
  #finished = false

  constructor(connection: Connection, id: number, headers: SpdyHeaders) {
    super({ allowHalfOpen: true, readableHighWaterMark: heldOfStream })
    this.#connection = connection
    this.id = id
    this.headers = headers
  }

  /** The first value of a header. */
  header(name: string): string | undefined {
    return this.headers.get(name)?.[0]
  }

  accept(): void {
    this.#connection.reply(this.id)
  }

  refuse(): void {
    this.#connection.reset(this.id, rstStatus.refusedStream)
    this.destroy()
  }

  /** The peer has done with the stream, both ways. What it sent until then is read to its end: Go's servers end all their streams so. */
  finish(): void {
    this.#finished = true
    if (!this.destroyed) this.push(null)
    this.end()
  }

  /** Takes what the peer sent. Without room for more it answers a promise of it. */
  receive(payload: Buffer, fin: boolean): Promise<void> | undefined {
    if (this.destroyed) return undefined
    const room = payload.length === 0 || this.push(payload)
    if (fin) this.push(null)
    return room || fin ? undefined : new Promise<void>((resolve) => (this.#wanted = resolve))
  }

  override _read(): void {
    this.#wanted?.()
    this.#wanted = undefined
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#finished) return done(new Error('the peer takes no more'))
    this.#connection.data(this.id, [chunk], false, done)
  }

  /** What had to wait goes in one frame. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#connection.data(
      this.id,
      chunks.map(({ chunk }) => chunk),
      false,
      done,
    )
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#finished) return done()
    this.#connection.data(this.id, [], true, done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this._read()
    this.#connection.forget(this.id, error !== null || !this.writableFinished)
    done(error)
  }
}

/** What a stream needs of its connection. */
interface Connection {
  reply(id: number): void
  reset(id: number, status: number): void
  data(id: number, chunks: readonly Buffer[], fin: boolean, done: (error?: Error | null) => void): void
  forget(id: number, abruptly: boolean): void
}

/**
 * Speaks SPDY/3.1 over `socket` as Go's spdystream does, as a server unless told otherwise. Neither it nor we use flow control windows;
 * a stream that is not read holds up the connection, and with it the peer. So does a peer that does not read our answers to what it asks.
 */
export function spdySession(
  socket: Duplex,
  onStream: (stream: SpdyStream) => void,
  { probeMs = heldUpProbeMs, side = 'server' }: { readonly probeMs?: number; readonly side?: 'server' | 'client' } = {},
): SpdySession {
  const ourPing = firstNumber[side]
  let nextId: number = firstNumber[side]
  const streams = new Map<number, SpdyStream>()
  const reader = new HeaderReader()
  const writer = new HeaderWriter()
  const closed = Promise.withResolvers<void>()
  const send = (frame: Buffer) => {
    if (socket.writable) socket.write(frame)
  }
  // No more is read from a peer while it does not read: each of its frames may need an answer.
  const sent = () => (socket.writableNeedDrain ? drained(socket) : undefined)
  const connection: Connection = {
    reply: (id) => send(controlFrame(controlType.synReply, 0, id, writer.write(new Map()))),
    reset: (id, status) => send(controlFrame(controlType.rstStream, 0, id, status)),
    data(id, chunks, fin, done) {
      if (!socket.writable) return done(new Error('the connection has ended'))
      const header = dataHeader(
        id,
        chunks.reduce((bytes, { length }) => bytes + length, 0),
        fin,
      )
      writeTogether(socket, [header, ...chunks], done)
    },
    forget(id, abruptly) {
      if (streams.delete(id) && abruptly) connection.reset(id, rstStatus.cancel)
    },
  }

  const open = async (payload: Buffer, flags: number) => {
    const id = payload.readUInt32BE(0) & 0x7fffffff
    // The block must be read whatever becomes of the stream: the next depends on it.
    const headers = await reader.read(payload.subarray(10))
    if (streams.has(id) || streams.size >= mostStreams) return connection.reset(id, streams.has(id) ? rstStatus.protocolError : rstStatus.refusedStream)
    const stream = new SpdyStream(connection, id, headers)
    streams.set(id, stream)
    stream.on('error', () => {})
    onStream(stream)
    if (flags & flagFin) stream.receive(Buffer.alloc(0), true)
  }
  const reset = (stream: SpdyStream | undefined) => (side === 'client' ? stream?.finish() : void stream?.destroy())
  const control = async ({ type, flags, payload }: Extract<Frame, { kind: 'control' }>): Promise<void> => {
    switch (type) {
      case controlType.synStream:
        await open(payload, flags)
        return sent()
      case controlType.synReply:
      case controlType.headers:
        return void (await reader.read(payload.subarray(4)))
      case controlType.rstStream:
        reset(streams.get(payload.readUInt32BE(0) & 0x7fffffff))
        return sent()
      case controlType.ping: {
        const number = payload.readUInt32BE(0)
        // Ours come back as they went.
        if (number % 2 === ourPing % 2) return
        send(controlFrame(controlType.ping, 0, number))
        return sent()
      }
      default:
        // GOAWAY: it ends the connection itself. SETTINGS, WINDOW_UPDATE: nothing here depends on them.
        return
    }
  }
  const take = (frame: Frame): Promise<void> | undefined => {
    if (frame.kind === 'control') return control(frame)
    if (frame.kind === 'data') return streams.get(frame.streamId)?.receive(frame.payload, (frame.flags & flagFin) !== 0)
    return assertNever(frame)
  }
  socket.once('close', () => {
    for (const stream of [...streams.values()]) stream.destroy()
    reader[Symbol.dispose]()
    closed.resolve()
  })
  // A peer that breaks the protocol is cut off; one that hangs up is gone.
  const probe = () => {
    // What waits already tells whether the peer is there.
    if (!socket.writableNeedDrain) send(controlFrame(controlType.ping, 0, ourPing))
  }
  readFrames(socket, take, { probe, probeMs }).then(
    () => endSoon(socket),
    () => socket.destroy(),
  )
  return {
    open(headers) {
      const id = nextId
      nextId += 2
      const stream = new SpdyStream(connection, id, headers)
      streams.set(id, stream)
      stream.on('error', () => {})
      // Its number, none that it belongs to, no priority.
      send(controlFrame(controlType.synStream, 0, id, 0, Buffer.alloc(2), writer.write(headers)))
      return stream
    },
    closed: closed.promise,
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}

/**
 * Hands on every frame in order until the peer ends. The connection is paused while one is waited for and no longer: reading it by `for await` would
 * put what has come meanwhile together in new buffers. A connection that is not read does not tell that its peer is gone: meanwhile it is written to.
 */
function readFrames(
  socket: Duplex,
  take: (frame: Frame) => Promise<void> | undefined,
  { probe, probeMs }: { readonly probe: () => void; readonly probeMs: number },
): Promise<void> {
  const parser = new FrameParser()
  const ended = Promise.withResolvers<void>()
  // What came though the connection is paused.
  const waiting: Buffer[] = []
  let over = false
  let busy = false
  const work = async () => {
    busy = true
    try {
      for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
        for (const frame of parser.feed(chunk)) {
          const room = take(frame)
          if (!room) continue
          socket.pause()
          const probing = setInterval(probe, probeMs)
          await room.finally(() => clearInterval(probing))
        }
      }
      busy = false
      if (over) ended.resolve()
      else socket.resume()
    } catch (error) {
      ended.reject(error)
    }
  }
  socket.on('data', (chunk: Buffer) => {
    waiting.push(chunk)
    if (!busy) void work()
  })
  socket.once('end', () => {
    over = true
    if (!busy) ended.resolve()
  })
  socket.once('error', ended.reject)
  socket.once('close', () => ended.reject(new Error('the connection has ended')))
  return ended.promise
}
