import { backoffDelay } from '../../src/base/backoff.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import type { Host } from './host.ts'
import { ThreadPool } from './thread-pool.ts'
import type { Upward } from './wire.ts'

export interface HostThreadsOptions {
  /** To begin with, and at most. */
  readonly threads: number
  readonly most: number
  readonly rosterModule: URL
  readonly rosterConfig: unknown
  readonly clock: Clock
  readonly log: Logger
  receive(host: Host, batch: readonly Upward[]): void
  /** A promise was rejected on a host's thread and nobody heard it: logged there. */
  escaped(): void
  /** The host takes messages. */
  started(host: Host): void
  /** Its thread is gone, and all that lived there; it comes back by itself. */
  died(host: Host, error: Error): void
}

/** A host dies of a bug, which may be there again as it starts. */
const restart = { initialMs: 100, maxMs: 30_000 }
/** One that ran well for so long died of something new. */
const goodRunMs = 60_000

/** Keeps a host on each worker thread: one that dies begins anew on a fresh thread, later each time. */
export class HostThreads {
  readonly #options: HostThreadsOptions
  readonly #pool: ThreadPool
  #closed = false

  constructor(options: HostThreadsOptions) {
    this.#options = options
    this.#pool = new ThreadPool(options.threads, options.most)
  }

  /** Resolves when the host takes messages; rejects when it did not come so far. */
  async begin(host: Host): Promise<void> {
    const { rosterModule, rosterConfig, log, receive, started } = this.#options
    const origin = host.beginLife()
    host.link = await this.#pool.startHost({
      index: host.index,
      origin,
      rosterModule,
      rosterConfig,
      log,
      // What a former life still says is not heard.
      receive: (batch) => {
        if (host.origin === origin) receive(host, batch)
      },
      escaped: () => this.#options.escaped(),
      // One that never came so far has not died: nothing was handed to it.
      gone: (error) => {
        if (host.origin === origin && host.link && error) this.#gone(host, error)
      },
    })
    host.startedAt = this.#options.clock.monotonic()
    started(host)
  }

  /** `host` is a further one, whose thread is begun when the others have much to do: tried again as one that died. */
  beginFurther(host: Host): void {
    this.begin(host).catch((error: unknown) => {
      this.#options.log.error('an actor host did not start', { host: host.index, error: String(error) })
      host.deaths += 1
      if (!this.#closed) this.#beginLater(host)
    })
  }

  /** The share of its time that the least busy thread has been at work since this was last asked. */
  leastBusy(): number {
    return this.#pool.leastBusy()
  }

  /** No host comes back from now on; ends the threads. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#pool.close()
  }

  #gone(host: Host, error: Error): void {
    const now = this.#options.clock.monotonic()
    if (host.startedAt !== undefined && now - host.startedAt >= goodRunMs) host.deaths = 0
    host.endLife()
    if (this.#closed) return
    this.#options.died(host, error)
    this.#beginLater(host)
  }

  #beginLater(host: Host): void {
    this.#options.clock.setTimer(backoffDelay(restart, host.deaths), () => {
      if (this.#closed) return
      this.beginFurther(host)
    })
  }
}
