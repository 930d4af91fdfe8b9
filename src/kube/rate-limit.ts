import { type Clock, sleep } from '../base/clock.ts'

/**
 * Client-side QPS: a token bucket, as client-go has it. A server that answers 429 slows it down further: nothing is sent before the time it asked for.
 * `qps` 0 means no limit.
 */
export class RateLimit {
  readonly #clock: Clock
  readonly #qps: number
  readonly #burst: number
  #tokens: number
  #refilledAt: number
  #blockedUntil = 0

  constructor(clock: Clock, qps: number, burst: number) {
    this.#clock = clock
    this.#qps = qps
    this.#burst = Math.max(1, burst)
    this.#tokens = this.#burst
    this.#refilledAt = clock.monotonic()
  }

  /** Resolves when a request may be sent. Waiters go in order of arrival. */
  async take(signal?: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic()
    let wait = Math.max(0, this.#blockedUntil - now)
    if (this.#qps > 0) {
      this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#refilledAt) / 1000) * this.#qps)
      this.#refilledAt = now
      this.#tokens -= 1
      if (this.#tokens < 0) wait = Math.max(wait, (-this.#tokens / this.#qps) * 1000)
    }
    if (wait > 0) await sleep(this.#clock, wait, signal)
  }

  /** The server asked for quiet for this long. */
  block(forMs: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#clock.monotonic() + forMs)
  }
}
