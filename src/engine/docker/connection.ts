import { Agent } from 'node:http'
import { inspect } from 'node:util'
import Docker from 'dockerode'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { EngineError, type EngineErrorKind } from '../engine.ts'
import { Limiter } from '../limiter.ts'
import { engineError } from './errors.ts'

/** docker-modem writes every request out for its debug log, on or off: with all sockets of the agent that is a second of CPU for each pod. */
class TerseAgent extends Agent {
  [inspect.custom](): string {
    return 'Agent'
  }
}

/** The Engine API spoken: Docker 20.10's. */
const apiVersion = 'v1.41'

/** kubelet 1.32: runtimeRequestTimeout. Of calls that neither stream nor wait by their nature. */
const requestTimeoutMs = 120_000

export interface ChangeOptions {
  /** What a 404 means. */
  readonly notFound?: EngineErrorKind
  readonly signal?: AbortSignal
  /** It begins something new: what is begun already goes first, so that one pod after the other is done rather than all at the end. */
  readonly later?: boolean
}

/** What all parts of the Docker engine share: the client, its limits and its end. */
export interface DockerConnection {
  readonly docker: Docker
  readonly endpoint: string
  readonly clock: Clock
  readonly log: Logger
  /** Aborted at disposal; ends every open stream. */
  readonly closed: AbortSignal
  /** A call that changes something, of which only so many run at a time. */
  change<T>(what: string, call: () => Promise<T>, options?: ChangeOptions): Promise<T>
  /** Like `change`, for what waits long by its nature (a stop's grace period, a pull): held apart so that it does not stop the rest. */
  linger<T>(what: string, call: () => Promise<T>, options?: { readonly notFound?: EngineErrorKind; readonly signal?: AbortSignal }): Promise<T>
  /** A call that reads and is soon done; bounded too. */
  read<T>(what: string, call: () => Promise<T>, notFound?: EngineErrorKind): Promise<T>
  /** Opens what stays open (a stream, a wait for an exit): not bounded, as it would keep its place. */
  open<T>(what: string, call: () => Promise<T>): Promise<T>
  /** Directory of the daemon, below which each container has one. */
  dataRoot(): Promise<string>
  close(): void
}

/** Opens nothing yet: the first call connects. `endpoint` is `unix:///path` or `tcp://host:port`. */
export function dockerConnection(options: { endpoint: string; clock: Clock; log: Logger; concurrency: number }): DockerConnection {
  const { endpoint, clock, log } = options
  const limiter = new Limiter(options.concurrency)
  const patient = new Limiter(options.concurrency * 8)
  const readers = new Limiter(options.concurrency * 4)
  const closing = new AbortController()
  const agent = new TerseAgent({ keepAlive: true, maxFreeSockets: options.concurrency })
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
  // The call itself cannot be taken back; what it answers late is dropped, and whoever asked looks at the engine again.
  const timely = <T>(what: string, call: () => Promise<T>, notFound?: EngineErrorKind): Promise<T> =>
    guarded(
      what,
      () =>
        new Promise<T>((resolve, reject) => {
          const late = new EngineError(
            'timeout',
            `cannot ${what}: the Docker Engine at ${endpoint} has not answered within ${requestTimeoutMs / 1000} s; see its log`,
          )
          const timer = clock.setTimer(requestTimeoutMs, () => reject(late))
          call()
            .then(resolve, reject)
            .finally(() => timer.cancel())
        }),
      notFound,
    )
  let dataRoot: Promise<string> | undefined
  const connection: DockerConnection = {
    docker,
    endpoint,
    clock,
    log,
    closed: closing.signal,
    change: (what, call, { notFound, signal, later } = {}) => limiter.run(() => timely(what, call, notFound), { signal, later }),
    linger: (what, call, { notFound, signal } = {}) => patient.run(() => guarded(what, call, notFound), { signal }),
    read: (what, call, notFound) => readers.run(() => timely(what, call, notFound)),
    open: (what, call) => guarded(what, call),
    async dataRoot() {
      dataRoot ??= connection.read('ask for its state', () => docker.info()).then((info: { DockerRootDir: string }) => info.DockerRootDir)
      try {
        return await dataRoot
      } catch (error) {
        dataRoot = undefined
        throw error
      }
    },
    close() {
      closing.abort(new EngineError('unreachable', 'the engine client is closed'))
      agent.destroy()
    },
  }
  return connection
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
