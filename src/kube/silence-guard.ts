import { backoffDelay } from '../base/backoff.ts'
import { type Clock, sleep } from '../base/clock.ts'

/** A watch says something each minute, were it a bookmark. One that says nothing for longer is looked after, and again after twice as long each time. */
const silence = { initialMs: 90_000, maxMs: 600_000, jitter: 0.33 }

/** Calls `verify` when nothing was heard for long, and after ever longer times while that finds nothing. */
export class SilenceGuard implements Disposable {
  readonly #stop = new AbortController()
  readonly #clock: Clock
  #heardAt: number
  #quiet = 0

  constructor(clock: Clock, signal: AbortSignal, random: () => number, verify: () => Promise<boolean>) {
    this.#clock = clock
    this.#heardAt = clock.monotonic()
    void this.#run(AbortSignal.any([signal, this.#stop.signal]), random, verify).catch(() => {})
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic()
    this.#quiet = 0
  }

  async #run(signal: AbortSignal, random: () => number, verify: () => Promise<boolean>): Promise<void> {
    for (let from = this.#heardAt; ; ) {
      const afterMs = backoffDelay(silence, this.#quiet + 1, random)
      await sleep(this.#clock, Math.max(0, from + afterMs - this.#clock.monotonic()), signal)
      if (this.#heardAt > from) {
        from = this.#heardAt
        continue
      }
      from = this.#clock.monotonic()
      this.#quiet += 1
      // A list that fails says nothing of the watch.
      if (!(await verify().catch(() => true))) return
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort()
  }
}
