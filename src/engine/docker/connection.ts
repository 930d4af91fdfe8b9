import { Agent, type RequestOptions } from 'node:http'
import type { Readable } from 'node:stream'
import Docker from 'dockerode'
import type { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { EngineError, type EngineErrorKind } from '../engine.ts'
import { Limiter } from '../limiter.ts'
import { answers } from './answers.ts'
import { engineError } from './errors.ts'
import { type Callback, type CallContext, exchange, type Terms } from './exchange.ts'

/** The Engine API spoken: Docker 20.10's. */
const apiVersion = 'v1.41'

/** kubelet 1.32: runtimeRequestTimeout. Of calls that neither stream nor wait by their nature. */
const requestTimeoutMs = 120_000
/** Of calls that do: this long the engine may be silent before it hands over the stream. */
const openTimeoutMs = 240_000
/** A list of 10,000 containers has 40 MB. */
const mostAnswerBytes = 64 * 2 ** 20
/** A call that has not come back by then gives its place to the next. */
const placeMs = 5_000
/** That of one that waits by its nature. */
const patientPlaceMs = 60_000
/** So many of them, for each place there is. */
const mostHanging = 16

export interface ChangeOptions {
  /** What a 404 means. */
  readonly notFound?: EngineErrorKind
  readonly signal?: AbortSignal
  /** It begins something new: what is begun already goes first, so that one pod after the other is done rather than all at the end. */
  readonly later?: boolean
}

export interface ReadOptions {
  /** What a 404 means. */
  readonly notFound?: EngineErrorKind
  /** Instead of two minutes. */
  readonly withinMs?: number
  /** It tells whether the engine answers at all, so it waits behind nobody. */
  readonly unqueued?: boolean
}

export interface LingerOptions {
  readonly signal?: AbortSignal
  /** After that the engine has failed. Absent: as long as it takes. */
  readonly withinMs?: number
}

/** Asks the engine by a client that is bound to the terms of this one call. */
export type Call = (docker: Docker) => Promise<unknown>

/** What all parts of the Docker engine share: the client, its limits and its end. A call gets what its schema makes of the engine's answer. */
export interface DockerConnection {
  readonly endpoint: string
  readonly clock: Clock
  readonly log: Logger
  /** Aborted at disposal; ends every open stream. */
  readonly closed: AbortSignal
  /** A call that changes something, of which only so many run at a time. */
  change<Answer extends z.ZodType>(what: string, answer: Answer, call: Call, options?: ChangeOptions): Promise<z.infer<Answer>>
  /** Like `change`, for what waits long by its nature (a stop's grace period, a pull): held apart so that it does not stop the rest. */
  linger<T>(what: string, call: (docker: Docker) => Promise<T>, options?: LingerOptions): Promise<T>
  /** A call that reads and is soon done; bounded too. */
  read<Answer extends z.ZodType>(what: string, answer: Answer, call: Call, options?: ReadOptions): Promise<z.infer<Answer>>
  /** Opens what stays open (a stream, a wait for an exit): not bounded, as it would keep its place. */
  open<T>(what: string, call: (docker: Docker) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Waits for an answer as long as it takes: until the signal is aborted. */
  wait<Answer extends z.ZodType>(what: string, answer: Answer, call: Call, signal: AbortSignal): Promise<z.infer<Answer>>
  /** Directory of the daemon, below which each container has one. */
  dataRoot(): Promise<string>
  close(): void
}

/** Opens nothing yet: the first call connects. `endpoint` is `unix:///path` or `tcp://host:port`. */
export function dockerConnection(options: { endpoint: string; clock: Clock; log: Logger; concurrency: number }): DockerConnection {
  const { endpoint, clock, log } = options
  const limits = { clock, placeMs, mostHanging }
  const limiter = new Limiter(options.concurrency, limits)
  const patient = new Limiter(options.concurrency * 8, { ...limits, placeMs: patientPlaceMs })
  const readers = new Limiter(options.concurrency * 4, limits)
  const closing = new AbortController()
  const timed = new Set<AbortController>()
  const agent = new Agent({ keepAlive: true, maxFreeSockets: options.concurrency })
  const settings: Docker.DockerOptions & { readonly agent: Agent } = { ...address(endpoint), version: apiVersion, agent }
  const docker = new Docker(settings)

  const guarded = async <T>(what: string, call: () => Promise<T>, notFound?: EngineErrorKind): Promise<T> => {
    if (closing.signal.aborted) throw new EngineError('unreachable', `cannot ${what}: the engine client is closed`)
    try {
      return await call()
    } catch (error) {
      throw engineError(error, what, endpoint, notFound)
    }
  }
  /** A call that is ended, with its socket, when the engine is silent for too long. */
  const timely = <T>(what: string, answer: z.ZodType, call: (given: Terms) => Promise<T>, ms: number, notFound?: EngineErrorKind, until?: AbortSignal) =>
    guarded(
      what,
      async () => {
        const ending = new AbortController()
        const late = () =>
          ending.abort(new EngineError('unreachable', `cannot ${what}: the Docker Engine at ${endpoint} has not answered within ${ms / 1000} s; see its log`))
        const timer = clock.setTimer(ms, late)
        const end = () => ending.abort(until?.reason)
        until?.addEventListener('abort', end, { once: true })
        if (until?.aborted) end()
        timed.add(ending)
        try {
          return await call({ signal: ending.signal, answer, mostBytes: mostAnswerBytes })
        } finally {
          timed.delete(ending)
          until?.removeEventListener('abort', end)
          timer.cancel()
        }
      },
      notFound,
    )
  const timelyAnswer = <Answer extends z.ZodType>(what: string, answer: Answer, call: Call, ms: number, notFound?: EngineErrorKind) =>
    timely(what, answer, (given) => answerOf<Answer>(docker, given, call), ms, notFound)
  let dataRoot: Promise<string> | undefined
  const connection: DockerConnection = {
    endpoint,
    clock,
    log,
    closed: closing.signal,
    change: (what, answer, call, { notFound, signal, later } = {}) =>
      limiter.run(() => timelyAnswer(what, answer, call, requestTimeoutMs, notFound), { signal, later }),
    linger: (what, call, { signal, withinMs } = {}) => {
      const asked = (given: Terms) => call(bound(docker, given))
      const ask = () => (withinMs === undefined ? guarded(what, () => asked(terms(closing.signal))) : timely(what, answers.nothing, asked, withinMs))
      return patient.run(ask, { signal })
    },
    read: (what, answer, call, { notFound, withinMs = requestTimeoutMs, unqueued } = {}) => {
      const ask = () => timelyAnswer(what, answer, call, withinMs, notFound)
      return unqueued ? ask() : readers.run(ask)
    },
    open: (what, call, signal) => timely(what, answers.nothing, (given) => call(bound(docker, given)), openTimeoutMs, undefined, signal),
    wait: (what, answer, call, signal) => guarded(what, () => answerOf(docker, { ...terms(AbortSignal.any([signal, closing.signal])), answer }, call)),
    async dataRoot() {
      dataRoot ??= connection.read('ask for its state', answers.info, (each) => each.info()).then((info) => info.DockerRootDir)
      try {
        return await dataRoot
      } catch (error) {
        dataRoot = undefined
        throw error
      }
    },
    close() {
      closing.abort(new EngineError('unreachable', 'the engine client is closed'))
      for (const call of timed) call.abort(closing.signal.reason)
      agent.destroy()
    },
  }
  return connection
}

const terms = (signal: AbortSignal): Terms => ({ signal, answer: answers.nothing, mostBytes: mostAnswerBytes })

interface Modem {
  buildRequest(options: RequestOptions, context: CallContext, data: string | Buffer | Readable | undefined, callback: Callback): void
}

/** The client with the terms of one call in the place of its transport: dockerode writes the request, and never sees an answer that does not fit. */
function bound(docker: Docker, given: Terms, heard?: (answer: unknown) => void): Docker {
  const modem: Modem = Object.create(docker.modem as object)
  modem.buildRequest = (options, context, data, callback) =>
    exchange(given, options, context, data, (error, answer) => {
      heard?.(answer)
      callback(error, answer)
    })
  return Object.create(docker, { modem: { value: modem } })
}

/** What the engine answered to a call of one exchange: dockerode makes objects of its own of some answers. */
async function answerOf<Answer extends z.ZodType>(docker: Docker, given: Terms, call: Call): Promise<z.infer<Answer>> {
  let answer: unknown
  await call(
    bound(docker, given, (heard) => {
      answer = heard
    }),
  )
  // Checked by the terms' schema.
  return answer as z.infer<Answer>
}

// dockerode reads DOCKER_HOST and DOCKER_CERT_PATH for what is absent: every field is set, to undefined where it does not apply.
function address(endpoint: string): Docker.DockerOptions {
  const none = { ca: undefined, cert: undefined, key: undefined, host: undefined, port: undefined, socketPath: undefined }
  const unix = /^unix:\/\/(\/.+)$/.exec(endpoint)?.[1]
  if (unix) return { ...none, protocol: 'http', socketPath: unix }
  const tcp = /^tcp:\/\/(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(endpoint)
  if (tcp?.[1]) return { ...none, protocol: 'http', host: tcp[1], port: Number(tcp[2]) }
  throw new EngineError('invalid', `the Docker endpoint must be unix:///path or tcp://host:port, not ${JSON.stringify(endpoint)}`)
}
