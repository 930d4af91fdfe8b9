import type { Clock } from '../base/clock.ts'

/** A server that answered within this long ago is not away: what failed, failed by itself. */
const freshMs = 2000
/** While the server is away one of those who wait asks this often, and its success is told to all. */
const probeMs = 2000
/** Those who are told come back within this, not all at once. */
const spreadMs = 1000

/**
 * Whether an API server answers, as all requests of one kind (reads, or writes) see it. Who waits to ask again does it here: while the server is away one of
 * the waiting asks each two seconds and the others keep their own, longer times; as soon as any request is answered all of them come back.
 */
export class Outage {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #waiting = new Set<() => void>()
  #answeredAt = Number.NEGATIVE_INFINITY
  #away = false
  #probed = false

  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock
    this.#random = random
  }

  get away(): boolean {
    return this.#away
  }

  /** A request was answered, be it by a refusal. */
  answered(): void {
    this.#answeredAt = this.#clock.monotonic()
    if (!this.#away) return
    this.#away = false
    for (const come of [...this.#waiting]) come()
  }

  /** A request was not answered, or the server said that it cannot serve. */
  failed(): void {
    if (this.#clock.monotonic() - this.#answeredAt >= freshMs) this.#away = true
  }

  /** Waits for `ms`, or less when the server is back. Rejects with the signal's reason when aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void> {
    const probes = this.#away && !this.#probed
    if (probes) this.#probed = true
    const until = this.#clock.monotonic() + ms
    return new Promise((resolve, reject) => {
      const done = () => {
        timer.cancel()
        this.#waiting.delete(come)
        signal.removeEventListener('abort', onAbort)
        if (probes) this.#probed = false
      }
      const over = () => {
        done()
        resolve()
      }
      const onAbort = () => {
        done()
        reject(signal.reason)
      }
      const come = () => {
        timer.cancel()
        timer = this.#clock.setTimer(Math.max(0, Math.min(until - this.#clock.monotonic(), this.#random() * spreadMs)), over)
      }
      let timer = this.#clock.setTimer(probes ? Math.min(ms, probeMs * (0.75 + 0.5 * this.#random())) : ms, over)
      this.#waiting.add(come)
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}
