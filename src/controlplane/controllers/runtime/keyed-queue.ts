import { type Clock, sleep, type Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import { postOf, type QueueMeter } from './board.ts'
import { QueueTally } from './queue-tally.ts'

export interface QueueOptions {
  readonly name: string
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** How many keys are handled at a time. */
  readonly concurrency: number
  /** Throws to be called again for the key, later each time. */
  handle(key: string): Promise<void>
}

// client-go's DefaultTypedControllerRateLimiter for one item.
const firstDelayMs = 5
const longestDelayMs = 1_000_000

/** Keys that wait to be handled: one that comes again while it waits is handled once, one that comes while it is handled is handled again after. */
export class KeyedQueue {
  readonly #options: QueueOptions
  readonly #meter: QueueMeter | undefined
  readonly #tally = new QueueTally()
  /** Keys by when they came, or were begun with. */
  readonly #waiting = new Map<string, number>()
  readonly #handled = new Map<string, number>()
  readonly #again = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  readonly #timers = new Map<string, Timer>()
  #running = 0

  constructor(options: QueueOptions) {
    this.#options = options
    const cancel = () => {
      for (const timer of this.#timers.values()) timer.cancel()
      this.#timers.clear()
    }
    options.signal.addEventListener('abort', cancel, { once: true })
    const post = postOf(options.signal)
    this.#meter = post?.meter
    post?.post(options.name, () => this.#tally.reading(options.name, this.#waiting.size, this.#handled.values(), options.clock.monotonic()))
  }

  /** How many wait. */
  get depth(): number {
    return this.#waiting.size
  }

  add(key: string): void {
    const { signal, clock } = this.#options
    if (signal.aborted) return
    const place = this.#handled.has(key) ? this.#again : this.#waiting
    if (!place.has(key)) {
      place.set(key, clock.monotonic())
      this.#tally.added()
    }
    if (this.#running < this.#options.concurrency && this.#waiting.size > 0) void this.#work()
  }

  addAfter(key: string, delayMs: number): void {
    const { clock, signal } = this.#options
    sleep(clock, delayMs, signal).then(
      () => this.add(key),
      () => {},
    )
  }

  /** One time at which the key comes by itself, in place of the one that was set before; none without a delay. */
  schedule(key: string, delayMs: number | undefined): void {
    const { clock, signal } = this.#options
    this.#timers.get(key)?.cancel()
    this.#timers.delete(key)
    if (delayMs === undefined || signal.aborted) return
    const due = () => {
      this.#timers.delete(key)
      this.add(key)
    }
    this.#timers.set(key, clock.setTimer(delayMs, due))
  }

  async #work(): Promise<void> {
    this.#running++
    // Whoever adds many adds them before the first is handled.
    await undefined
    const { signal, clock, name } = this.#options
    for (const [key, addedAt] of this.#waiting) {
      if (signal.aborted) break
      const begunAt = clock.monotonic()
      this.#waiting.delete(key)
      this.#handled.set(key, begunAt)
      this.#meter?.waited(name, begunAt - addedAt)
      await this.#handle(key)
      this.#handled.delete(key)
      const tookMs = clock.monotonic() - begunAt
      this.#tally.worked(key, tookMs)
      this.#meter?.worked(name, tookMs)
      const cameAgain = this.#again.get(key)
      if (cameAgain !== undefined) this.#waiting.set(key, cameAgain)
      this.#again.delete(key)
    }
    this.#running--
  }

  async #handle(key: string): Promise<void> {
    const { name, log, signal } = this.#options
    try {
      await this.#options.handle(key)
      this.#failures.delete(key)
    } catch (error) {
      if (signal.aborted) return
      const failures = (this.#failures.get(key) ?? 0) + 1
      this.#failures.set(key, failures)
      this.#tally.putOff()
      log.debug('a controller tries again', { controller: name, key, failures, error: String(error) })
      this.addAfter(key, Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs))
    }
  }
}
