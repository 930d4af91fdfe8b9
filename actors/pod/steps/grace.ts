import { type Clock, sleep } from '../../../src/base/clock.ts'

/** kubelet 1.32 `minimumGracePeriodInSeconds`: even after a preStop that took it all. */
export const minimumGraceSeconds = 2

/** The end of a grace period, which a later deletion may bring nearer but never put off. */
export class GraceDeadline {
  readonly #clock: Clock
  #at: number
  #shortened = Promise.withResolvers<void>()

  constructor(clock: Clock, graceSeconds: number) {
    this.#clock = clock
    this.#at = clock.monotonic() + graceSeconds * 1000
  }

  /** Whole seconds left, at least the minimum. */
  remainingSeconds(): number {
    return Math.max(minimumGraceSeconds, Math.ceil((this.#at - this.#clock.monotonic()) / 1000))
  }

  remainingMs(): number {
    return Math.max(0, this.#at - this.#clock.monotonic())
  }

  shorten(graceSeconds: number): void {
    const at = this.#clock.monotonic() + graceSeconds * 1000
    if (at >= this.#at) return
    this.#at = at
    this.#shortened.resolve()
    this.#shortened = Promise.withResolvers<void>()
  }

  /** Resolves at the next shortening. */
  shortened(): Promise<void> {
    return this.#shortened.promise
  }

  /** Aborts when the period is over, however it is shortened. `done` ends the watch. */
  expiry(done: AbortSignal): AbortSignal {
    const expired = new AbortController()
    const watch = async () => {
      while (!done.aborted && this.remainingMs() > 0) {
        const waited = new AbortController()
        const over = sleep(this.#clock, this.remainingMs(), AbortSignal.any([waited.signal, done])).catch(() => {})
        await Promise.race([over, this.shortened()])
        waited.abort()
      }
      if (!done.aborted) expired.abort(new Error('the grace period is over'))
    }
    void watch()
    return expired.signal
  }
}
