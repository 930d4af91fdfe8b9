import { Metadata } from '@grpc/grpc-js'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { clientFor } from '../../grpc/socket-client.ts'
import { unary } from '../../grpc/unary.ts'
import { decode, encode } from '../../protobuf/codec.ts'
import type { Given, Method, Taken } from '../../protobuf/table.ts'
import { EngineError } from '../engine.ts'
import { Limiter } from '../limiter.ts'
import { criError } from './errors.ts'

/** kubelet 1.36: longest message, and how soon and how late a runtime that is away is dialled again. */
const mostBytes = 16 * 1024 * 1024
const redial = { initialMs: 100, maxMs: 3000 }
/** containerd keeps what CRI made in a namespace of its own. */
const containerdNamespace = 'k8s.io'

export interface CallOptions {
  readonly signal?: AbortSignal
  /** In place of runtimeRequestTimeout; Infinity: none. */
  readonly deadlineMs?: number
  /** It begins something new: what is begun already goes first, so that one pod after the other is done rather than all at the end. */
  readonly later?: boolean
}

/** What all parts of the CRI engine share: the clients, their limits and their end. `what` in each call says what is asked, for errors. */
export interface CriConnection {
  readonly endpoint: string
  readonly clock: Clock
  readonly log: Logger
  /** Aborted at disposal. */
  readonly closed: AbortSignal
  /** runtimeRequestTimeout. */
  readonly timeoutMs: number
  /** A call that changes something, of which only so many run at a time. */
  change<M extends Method>(what: string, method: M, request: Given<M['request']>, options?: CallOptions): Promise<Taken<M['response']>>
  /** Like `change`, for what waits long by its nature (a stop's grace period, a pull, a command): held apart so that it does not stop the rest. */
  linger<M extends Method>(what: string, method: M, request: Given<M['request']>, options?: CallOptions): Promise<Taken<M['response']>>
  /** A call that reads and is soon done; bounded too. */
  read<M extends Method>(what: string, method: M, request: Given<M['request']>, options?: CallOptions): Promise<Taken<M['response']>>
  /** What the runtime sends until the signal is aborted. Throws `EngineError`. */
  stream<M extends Method>(what: string, method: M, request: Given<M['request']>, signal: AbortSignal): AsyncIterable<Taken<M['response']>>
  /** What is written one message after the other, each once the last was answered. */
  converse<M extends Method>(what: string, method: M, requests: readonly Given<M['request']>[]): Promise<void>
  close(): void
}

export interface CriConnectionOptions {
  readonly endpoint: string
  /** Of images; absent: the same. */
  readonly imageEndpoint?: string | undefined
  readonly clock: Clock
  readonly log: Logger
  /** Changes at a time. */
  readonly concurrency: number
  readonly timeoutMs: number
}

/** Opens nothing yet: the first call connects. Throws `EngineError` for an endpoint that is none. */
export function criConnection(options: CriConnectionOptions): CriConnection {
  const { endpoint, imageEndpoint = endpoint, clock, log, timeoutMs } = options
  const settings = {
    'grpc.max_receive_message_length': mostBytes,
    'grpc.max_send_message_length': mostBytes,
    'grpc.initial_reconnect_backoff_ms': redial.initialMs,
    'grpc.min_reconnect_backoff_ms': redial.initialMs,
    'grpc.max_reconnect_backoff_ms': redial.maxMs,
  }
  const runtime = clientFor(grpcTarget(endpoint), settings)
  const images = imageEndpoint === endpoint ? runtime : clientFor(grpcTarget(imageEndpoint), settings)
  const clientOf = ({ path }: Method) => (path.startsWith('/runtime.v1.ImageService/') ? images : runtime)
  const placeOf = ({ path }: Method) => (path.startsWith('/runtime.v1.ImageService/') ? imageEndpoint : endpoint)
  const closing = new AbortController()
  const changes = new Limiter(options.concurrency)
  const patient = new Limiter(options.concurrency * 8)
  const readers = new Limiter(options.concurrency * 4)
  const ofContainerd = new Metadata()
  ofContainerd.set('containerd-namespace', containerdNamespace)
  const metadataOf = ({ path }: Method) => (path.startsWith('/containerd.') ? ofContainerd : undefined)

  const ask = async <M extends Method>(what: string, method: M, request: Given<M['request']>, { signal, deadlineMs = timeoutMs }: CallOptions) => {
    if (closing.signal.aborted) throw new EngineError('unreachable', `cannot ${what}: the engine client is closed`)
    signal?.throwIfAborted()
    const until = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
    try {
      return await unary(clientOf(method), method, request, {
        ...(Number.isFinite(deadlineMs) ? { deadlineMs } : {}),
        signal: until,
        metadata: metadataOf(method),
      })
    } catch (error) {
      if (closing.signal.aborted) throw closing.signal.reason
      signal?.throwIfAborted()
      throw criError(error, what, placeOf(method))
    }
  }
  return {
    ...{ endpoint, clock, log, timeoutMs },
    closed: closing.signal,
    change: (what, method, request, given = {}) => changes.run(() => ask(what, method, request, given), given),
    linger: (what, method, request, given = {}) => patient.run(() => ask(what, method, request, given), { signal: given.signal }),
    read: (what, method, request, given = {}) => readers.run(() => ask(what, method, request, given), { signal: given.signal }),
    async *stream<M extends Method>(what: string, method: M, request: Given<M['request']>, signal: AbortSignal) {
      const until = AbortSignal.any([signal, closing.signal])
      const call = clientOf(method).makeServerStreamRequest(
        method.path,
        (given: Given<M['request']>) => encode(method.request, given),
        (bytes: Buffer) => decode(method.response, bytes),
        request,
        metadataOf(method) ?? new Metadata(),
        {},
      )
      const cancel = () => call.cancel()
      until.addEventListener('abort', cancel, { once: true })
      if (until.aborted) cancel()
      try {
        for await (const message of call) yield message as Taken<M['response']>
      } catch (error) {
        if (!until.aborted) throw criError(error, what, placeOf(method))
      } finally {
        until.removeEventListener('abort', cancel)
        call.cancel()
      }
    },
    async converse(what, method, requests) {
      const call = clientOf(method).makeBidiStreamRequest(
        method.path,
        (given: Given<typeof method.request>) => encode(method.request, given),
        (bytes: Buffer) => decode(method.response, bytes),
        metadataOf(method) ?? new Metadata(),
        { deadline: Date.now() + timeoutMs },
      )
      const answers = call[Symbol.asyncIterator]()
      try {
        for (const request of requests) {
          call.write(request)
          await answers.next()
        }
        call.end()
      } catch (error) {
        throw criError(error, what, placeOf(method))
      } finally {
        // An end that nobody reads any more is no error of anybody's.
        call.on('error', () => {})
        call.cancel()
      }
    },
    close() {
      closing.abort(new EngineError('unreachable', 'the engine client is closed'))
      runtime.close()
      if (images !== runtime) images.close()
    },
  }
}

/** As gRPC names it. A path alone is a socket, as a kubelet takes it. */
export function grpcTarget(endpoint: string): string {
  const path = /^(?:unix:(?:\/\/)?)?(\/.+)$/.exec(endpoint)?.[1]
  if (path !== undefined) return `unix://${path}`
  const tcp = /^tcp:\/\/(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(endpoint)
  if (tcp) return `${tcp[1]}:${tcp[2]}`
  throw new EngineError('invalid', `the endpoint of a container runtime must be unix:///path or tcp://host:port, not ${JSON.stringify(endpoint)}`)
}
