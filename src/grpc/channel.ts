import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type OutgoingHttpHeaders } from 'node:http2'
import { connect as dial } from 'node:net'
import { decode, encode } from '../protobuf/codec.ts'
import type { Given, Method, Taken } from '../protobuf/table.ts'
import { RpcError, statusOf, statusOfHttp, statusOfReset } from './rpc-error.ts'
import { status } from './status.ts'

export interface ChannelOptions {
  /** A socket's path, or a host and port. */
  readonly to: { readonly path: string } | { readonly host: string; readonly port: number }
  /** Longest message of an answer, bytes. */
  readonly mostBytes: number
}

export interface UnaryOptions {
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** Of a message on the wire: whether it is compressed, and its length. */
const prefixBytes = 5
/** So much may be on its way before it is read: lists of hundreds of pods come in one piece. */
const windowBytes = 2 ** 20

/**
 * Calls of gRPC over one connection of node:http2, in clear. For the calls of which a pod's start costs several: what grpc-js does beside them (name resolution, balancing,
 * retries, interceptors, filters) takes more than half of such a call's time, most of all while its code is cold (430 us of CPU in place of 180, measured), and none of it is
 * of use on a node's own socket. Connects at the first call, and anew at the next one after a connection has ended; nothing is tried twice.
 */
export class Channel {
  readonly #options: ChannelOptions
  readonly #authority: string
  readonly #headers = new Map<string, OutgoingHttpHeaders>()
  #session: ClientHttp2Session | undefined
  #closed = false

  constructor(options: ChannelOptions) {
    const { to } = options
    this.#options = options
    this.#authority = 'path' in to ? 'localhost' : `${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`
  }

  /** Calls a method with messages of its tables. Rejects with an `RpcError`. */
  unary<M extends Method>(method: M, request: Given<M['request']>, { deadlineMs, signal, metadata }: UnaryOptions = {}): Promise<Taken<M['response']>> {
    return new Promise((resolve, reject) => {
      const call = this.#open(method, metadata, deadlineMs)
      const { mostBytes } = this.#options
      const chunks: Buffer[] = []
      let length = 0
      let settled = false
      const settle = (failure: RpcError | undefined) => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        signal?.removeEventListener('abort', cancel)
        if (failure) return reject(failure)
        try {
          const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length)
          const end = messageEnd(body, mostBytes)
          if (end === undefined || end !== length)
            throw new RpcError(status.internal, `${method.path} was answered by ${length === 0 ? 'nothing' : 'no one message'}`)
          resolve(decode(method.response, body.subarray(prefixBytes, end)))
        } catch (error) {
          reject(asRpcError(error))
        }
      }
      const abandon = (failure: RpcError) => {
        call.stream.close(constants.NGHTTP2_CANCEL)
        settle(failure)
      }
      const cancel = () => abandon(new RpcError(status.canceled, 'context canceled'))
      const timer =
        deadlineMs === undefined || !Number.isFinite(deadlineMs)
          ? undefined
          : setTimeout(() => abandon(new RpcError(status.deadlineExceeded, 'context deadline exceeded')), deadlineMs)
      call.stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > mostBytes + prefixBytes) abandon(tooLong(length - prefixBytes, mostBytes))
      })
      const ended = () => settle(call.failure())
      call.stream.once('end', () => {
        if (call.hasStatus()) ended()
      })
      call.stream.once('close', ended)
      if (signal?.aborted) return cancel()
      signal?.addEventListener('abort', cancel, { once: true })
      call.stream.end(framed(encode(method.request, request)))
    })
  }

  /** The messages of an answer as they come, until it ends or the signal is aborted. Throws an `RpcError`. */
  async *stream<M extends Method>(
    method: M,
    request: Given<M['request']>,
    { signal, metadata }: { readonly signal: AbortSignal; readonly metadata?: UnaryOptions['metadata'] },
  ): AsyncGenerator<Taken<M['response']>, void, void> {
    const { mostBytes } = this.#options
    const call = this.#open(method, metadata, undefined)
    const cancel = () => call.stream.close(constants.NGHTTP2_CANCEL)
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    let pending: Buffer[] = []
    let length = 0
    try {
      call.stream.end(framed(encode(method.request, request)))
      for await (const chunk of call.stream as AsyncIterable<Buffer>) {
        pending.push(chunk)
        length += chunk.length
        if (length < wanted(pending)) continue
        let rest = pending.length === 1 && pending[0] ? pending[0] : Buffer.concat(pending, length)
        for (let end = messageEnd(rest, mostBytes); end !== undefined && end <= rest.length; end = messageEnd(rest, mostBytes)) {
          yield decode(method.response, rest.subarray(prefixBytes, end))
          rest = rest.subarray(end)
        }
        pending = rest.length > 0 ? [rest] : []
        length = rest.length
      }
    } catch (error) {
      if (error instanceof RpcError) throw error
      // How it ended is told by its status, where there is one.
      throw call.failure() ?? asRpcError(error)
    } finally {
      signal.removeEventListener('abort', cancel)
      call.stream.close(constants.NGHTTP2_CANCEL)
    }
    const failure = call.failure()
    if (failure) throw failure
  }

  /** Calls that are under way end with it. */
  close(): void {
    this.#closed = true
    this.#session?.destroy()
  }

  #open(method: Method, metadata: UnaryOptions['metadata'], deadlineMs: number | undefined): Call {
    if (this.#closed) throw new RpcError(status.unavailable, 'grpc: the client connection is closing')
    const session = this.#connected()
    try {
      return new Call(session, session.request(this.#headersOf(method, metadata, deadlineMs), { endStream: false }))
    } catch (error) {
      throw new RpcError(status.unavailable, `error writing to server: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #connected(): ClientHttp2Session {
    const known = this.#session
    if (known && !known.closed && !known.destroyed) return known
    const { to } = this.#options
    const session = connect(`http://${this.#authority}`, { createConnection: () => dial(to), settings: { enablePush: false, initialWindowSize: windowBytes } })
    this.#session = session
    const forget = () => {
      if (this.#session === session) this.#session = undefined
    }
    session.once('connect', () => session.setLocalWindowSize(windowBytes))
    // Its calls are told, each by its own end.
    session.on('error', forget)
    session.once('goaway', forget)
    session.once('close', forget)
    return session
  }

  /** The same for each call of a method: so is its metadata. */
  #headersOf({ path }: Method, metadata: UnaryOptions['metadata'], deadlineMs: number | undefined): OutgoingHttpHeaders {
    const key = `${path} ${deadlineMs ?? ''}`
    const known = this.#headers.get(key)
    if (known) return known
    const headers: OutgoingHttpHeaders = {
      ':method': 'POST',
      ':scheme': 'http',
      ':authority': this.#authority,
      ':path': path,
      te: 'trailers',
      'content-type': 'application/grpc',
      'user-agent': 'podsteward',
      ...(deadlineMs !== undefined && Number.isFinite(deadlineMs) ? { 'grpc-timeout': timeoutOf(deadlineMs) } : {}),
      ...metadata,
    }
    // Deadlines that are all different would be remembered for ever.
    if (this.#headers.size < 1000) this.#headers.set(key, headers)
    return headers
  }
}

/** One call's stream, and how it ended. */
class Call {
  readonly stream: ClientHttp2Stream
  readonly #session: ClientHttp2Session
  #head: Readonly<Record<string, unknown>> | undefined
  #trailers: Readonly<Record<string, unknown>> | undefined
  #error: Error | undefined

  constructor(session: ClientHttp2Session, stream: ClientHttp2Stream) {
    this.#session = session
    this.stream = stream
    stream.once('response', (headers) => {
      this.#head = headers
    })
    stream.once('trailers', (headers) => {
      this.#trailers = headers
    })
    stream.on('error', (error) => {
      this.#error = error
    })
  }

  hasStatus(): boolean {
    return statusOf(this.#trailers ?? this.#head) !== undefined
  }

  /** Once it has ended: undefined when it ended well. */
  failure(): RpcError | undefined {
    const told = statusOf(this.#trailers) ?? statusOf(this.#head)
    if (told !== undefined) return told === 'ok' ? undefined : told
    const httpStatus = this.#head?.[':status']
    if (typeof httpStatus === 'number' && httpStatus !== 200) return statusOfHttp(httpStatus)
    const dialing = dialError(this.#error)
    if (dialing) return new RpcError(status.unavailable, `connection error: desc = "transport: Error while dialing: ${dialing.message}"`)
    const { rstCode } = this.stream
    // The connection went, or the server ended without a status.
    if (rstCode === constants.NGHTTP2_NO_ERROR || this.#session.closed || this.#session.destroyed)
      return new RpcError(status.unavailable, `error reading from server: ${this.#error?.message ?? 'EOF'}`)
    return statusOfReset(rstCode)
  }
}

/** Why there is no connection, where that is what an error comes from. */
function dialError(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined
  return 'syscall' in error && error.syscall === 'connect' ? error : dialError(error.cause)
}

/** A message with its prefix. */
function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length)
  frame[0] = 0
  frame.writeUInt32BE(message.length, 1)
  message.copy(frame, prefixBytes)
  return frame
}

/** Where the first message of `bytes` ends, which may lie beyond them; undefined while its prefix is not there. Throws for one that is too long, or compressed. */
function messageEnd(bytes: Buffer, mostBytes: number): number | undefined {
  if (bytes.length < prefixBytes) return undefined
  if (bytes[0] !== 0) throw new RpcError(status.internal, 'a message came compressed, which was not asked for')
  const length = bytes.readUInt32BE(1)
  if (length > mostBytes) throw tooLong(length, mostBytes)
  return prefixBytes + length
}

/** How many bytes there must be before it is worth looking: a long message comes in many pieces. */
function wanted(pending: readonly Buffer[]): number {
  const [first] = pending
  return first && first.length >= prefixBytes ? prefixBytes + first.readUInt32BE(1) : prefixBytes
}

const tooLong = (length: number, mostBytes: number) =>
  new RpcError(status.resourceExhausted, `grpc: received message larger than max (${length} vs. ${mostBytes})`)

const asRpcError = (error: unknown): RpcError =>
  error instanceof RpcError ? error : new RpcError(status.internal, error instanceof Error ? error.message : String(error))

/** At most eight digits: in a unit that they are enough for. */
function timeoutOf(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms))
  return whole < 1e8 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`
}
