import { type BackoffPolicy, backoffDelay } from '../../src/base/backoff.ts'
import type { Clock } from '../../src/base/clock.ts'
import { LazyMap } from '../../src/base/lazy-map.ts'

export interface JobsOptions {
  readonly clock: Clock
  readonly retry: BackoffPolicy
  /** Of errors that have a way of their own to be tried again. */
  readonly retryOf?: (error: unknown) => BackoffPolicy | undefined
  /** For the jitter of retries; default Math.random. */
  readonly random?: () => number
  /** Something ended: the actor looks again. */
  readonly onEnd: () => void
  /** A job ended well. */
  readonly onDone?: (key: string) => void
  /** An error that a retry may mend: of the engine, the file system, an unanswered question. Anything else is a bug and goes to `onBug`. */
  readonly isExpected: (error: unknown) => boolean
  readonly onFailure: (key: string, error: unknown, retryInMs: number) => void
  readonly onBug: (error: unknown) => void
}

interface Job {
  readonly abort: AbortController
  readonly settled: Promise<void>
}

interface Failed {
  readonly failures: number
  readonly retryAt: number
}

/**
 * The slow work of one pod, each under a key that runs once at a time, so that the actor's loop never waits.
 * A job that failed is not begun again before its backoff is over.
 */
export class Jobs {
  readonly #options: JobsOptions
  readonly #running = new LazyMap<string, Job>()
  readonly #failed = new LazyMap<string, Failed>()

  constructor(options: JobsOptions) {
    this.#options = options
  }

  has(key: string): boolean {
    return this.#running.has(key)
  }

  get size(): number {
    return this.#running.size
  }

  /** Milliseconds until the next failed job may be tried again; undefined when none waits. */
  retryInMs(): number | undefined {
    const now = this.#options.clock.monotonic()
    const times = [...this.#failed.values()].map((failed) => failed.retryAt).filter((at) => at > now)
    return times.length === 0 ? undefined : Math.min(...times) - now
  }

  /** Begins the job unless it runs or waits for its retry. Tells whether it began. */
  start(key: string, run: (signal: AbortSignal) => Promise<void>): boolean {
    const failed = this.#failed.get(key)
    if (this.#running.has(key) || (failed && failed.retryAt > this.#options.clock.monotonic())) return false
    const abort = new AbortController()
    // Begins in a later turn, so that a job's end never comes within its start.
    const settled = Promise.resolve()
      .then(() => run(abort.signal))
      .then(
        () => {
          this.#failed.delete(key)
          this.#options.onDone?.(key)
        },
        (error: unknown) => this.#onError(key, error, abort.signal),
      )
      .finally(() => {
        this.#running.delete(key)
        this.#options.onEnd()
      })
    this.#running.set(key, { abort, settled })
    return true
  }

  /** Aborts the job and forgets its failures: the way is free for another try. */
  interrupt(key: string, reason: string): void {
    this.#failed.delete(key)
    this.#running.get(key)?.abort.abort(new Error(reason))
  }

  interruptAll(reason: string): void {
    for (const key of [...this.#running.keys(), ...this.#failed.keys()]) this.interrupt(key, reason)
  }

  /** Resolves when no job that runs now does any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map((job) => job.settled))
  }

  #onError(key: string, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return
    if (!this.#options.isExpected(error)) {
      this.#options.onBug(error)
      return
    }
    const failures = (this.#failed.get(key)?.failures ?? 0) + 1
    const { retry, retryOf, random } = this.#options
    const delay = backoffDelay(retryOf?.(error) ?? retry, failures, random)
    this.#failed.set(key, { failures, retryAt: this.#options.clock.monotonic() + delay })
    this.#options.onFailure(key, error, delay)
  }
}
