import { backoffDelay } from '../../../base/backoff.ts'
import { sleep } from '../../../base/clock.ts'
import { status } from '../../../grpc/status.ts'
import type { EngineEvent } from '../../engine.ts'
import type { CriConnection } from '../connection.ts'
import { grpcCode } from '../errors.ts'
import { listParts } from '../list-pods.ts'
import { followContainerdEvents } from './containerd-events.ts'
import { followCriEvents } from './cri-events.ts'
import { KnownParts } from './known-parts.ts'
import { followLists } from './relist.ts'

/** kubelet 1.36: how soon and how late a runtime that is away is dialled again. */
const reconnect = { initialMs: 100, maxMs: 3000, jitter: 0.5 }
/** A listener that is so far behind is told to look at everything instead. */
const mostWaiting = 10_000

/** Where events come from, the best first. */
const sources = [followCriEvents, followContainerdEvents, followLists] as const

/** What happens to sandboxes and containers, for all who ask: one watch, as long as anybody listens. */
export class EventHub {
  readonly #connection: CriConnection
  readonly #listeners = new Set<(event: EngineEvent) => void>()
  #source = 0
  #watch: AbortController | undefined

  constructor(connection: CriConnection) {
    this.#connection = connection
  }

  /** Calls `listener` until it is disposed of. */
  listen(listener: (event: EngineEvent) => void): Disposable {
    this.#listeners.add(listener)
    if (!this.#watch) {
      this.#watch = new AbortController()
      void this.#follow(AbortSignal.any([this.#connection.closed, this.#watch.signal]))
    }
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener)
        if (this.#listeners.size > 0) return
        this.#watch?.abort()
        this.#watch = undefined
      },
    }
  }

  /** From now on, until the signal is aborted or the engine is closed. */
  async *events(callerSignal: AbortSignal): AsyncGenerator<EngineEvent> {
    const signal = AbortSignal.any([this.#connection.closed, callerSignal])
    if (signal.aborted) return
    let waiting: EngineEvent[] = []
    let wake = Promise.withResolvers<void>()
    using _ = this.listen((event) => {
      if (waiting.length >= mostWaiting) waiting = [{ type: 'resync', at: this.#connection.clock.wall() }]
      else waiting.push(event)
      wake.resolve()
    })
    signal.addEventListener('abort', () => wake.resolve(), { once: true })
    while (!signal.aborted) {
      const batch = waiting
      waiting = []
      for (const event of batch) {
        yield event
        if (signal.aborted) return
      }
      if (waiting.length > 0) continue
      wake = Promise.withResolvers()
      if (signal.aborted) return
      await wake.promise
    }
  }

  #tell(event: EngineEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  /** What a broken watch missed is found by a list, and told; and that anything may have been missed. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#connection
    const parts = new KnownParts((event) => this.#tell(event))
    let began = false
    let broken = false
    let failures = 0
    while (!signal.aborted) {
      const attempt = new AbortController()
      const both = AbortSignal.any([signal, attempt.signal])
      try {
        if (!began) parts.begin(await listParts(this.#connection))
        began = true
        const resumed = broken
        const following = sources[this.#source]?.(this.#connection, parts, both) ?? Promise.resolve()
        // Once the watch stands: what happened before it.
        const caughtUp = listParts(this.#connection).then((list) => {
          parts.compare(list, clock.wall())
          failures = 0
          if (resumed) this.#tell({ type: 'resync', at: clock.wall() })
        })
        await Promise.all([following, caughtUp])
      } catch (error) {
        attempt.abort()
        if (signal.aborted) return
        if (grpcCode(error) === status.unimplemented && this.#source < sources.length - 1) {
          this.#source += 1
          continue
        }
        if (failures === 0) log.warn('the events of the container runtime broke off', { cause: error instanceof Error ? error.message : String(error) })
      }
      // Of before there was a list nothing can have been missed.
      broken ||= began
      failures += 1
      await sleep(clock, backoffDelay(reconnect, failures), signal).catch(() => {})
    }
  }
}
