import type { Clock, Timer } from '../base/clock.ts'
import { parseDuration } from '../config/duration.ts'

interface Pending {
  readonly due: number
  readonly order: number
  readonly callback: () => void
}

/** Turns of the event loop without work under way after which a cluster counts as quiet: an answer may wait for a turn or two between two hops. */
const quietTurns = 12

/**
 * A clock that moves only when a test says so. Between two timers everything that the first brought about is let come to its end:
 * five minutes of backoff pass in milliseconds, and in the same order each time.
 */
export class TestClock implements Clock {
  /** A whole second: what is told in seconds is the same in each run. */
  readonly #epoch = Math.floor(Date.now() / 1000) * 1000
  readonly #pending = new Set<Pending>()
  readonly #busy: () => boolean
  #now = 0
  #order = 0

  /** `busy`: whether something is under way that time must wait for. */
  constructor(busy: () => boolean) {
    this.#busy = busy
  }

  wall(): number {
    return this.#epoch + this.#now
  }

  monotonic(): number {
    return this.#now
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    if (delayMs <= 0) {
      const immediate = setImmediate(callback)
      return { cancel: () => clearImmediate(immediate) }
    }
    // Whole milliseconds, as the machine's timers have; jitter has fractions.
    const entry: Pending = { due: this.#now + Math.ceil(delayMs), order: this.#order++, callback }
    this.#pending.add(entry)
    return { cancel: () => void this.#pending.delete(entry) }
  }

  /** Moves time on by `5m`, `1h30m`, `250ms` or milliseconds, firing what falls due on the way. */
  async advance(by: string | number): Promise<void> {
    const byMs = typeof by === 'number' ? by : parseDuration(by)
    if (byMs === undefined || !(byMs >= 0)) throw new RangeError(`${JSON.stringify(by)} is not a length of time, such as 250ms, 30s or 5m`)
    const target = this.#now + Math.round(byMs)
    await this.settle()
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#pending.delete(next)
      this.#now = next.due
      next.callback()
      await this.settle()
    }
    this.#now = target
  }

  /** Resolves when nothing is left to do that needs no time to pass. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; ) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      quiet = this.#busy() ? 0 : quiet + 1
    }
  }

  #next(until: number): Pending | undefined {
    let next: Pending | undefined
    for (const entry of this.#pending) {
      if (entry.due > until) continue
      if (!next || entry.due < next.due || (entry.due === next.due && entry.order < next.order)) next = entry
    }
    return next
  }
}
