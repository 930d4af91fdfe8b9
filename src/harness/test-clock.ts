import type { Clock, Timer } from '../base/clock.ts'
import { TimerQueue } from '../base/timer-queue.ts'
import { parseDuration } from '../config/duration.ts'

/**
 * Turns of the event loop without work under way after which a cluster counts as quiet while somebody waits for another turn: an answer may wait for one
 * or two between two hops, and who waits may be another cluster that waits for us.
 */
const quietTurns = 12

/** `work` that time must wait for; only `turns` of the event loop that somebody asked for; or `nothing` that could bring anything about. */
export type UnderWay = 'work' | 'turns' | 'nothing'

/**
 * A clock that moves only when a test says so. Between two timers everything that the first brought about is let come to its end:
 * five minutes of backoff pass in milliseconds, and in the same order each time.
 */
export class TestClock implements Clock {
  /** A whole second: what is told in seconds is the same in each run. */
  readonly #epoch = Math.floor(Date.now() / 1000) * 1000
  readonly #timers = new TimerQueue()
  readonly #underWay: () => UnderWay
  #now = 0

  constructor(underWay: () => UnderWay) {
    this.#underWay = underWay
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
    return this.#timers.add(this.#now + Math.ceil(delayMs), callback)
  }

  /** Moves time on by `5m`, `1h30m`, `250ms` or milliseconds, firing what falls due on the way. */
  async advance(by: string | number): Promise<void> {
    const byMs = typeof by === 'number' ? by : parseDuration(by)
    if (byMs === undefined || !(byMs >= 0)) throw new RangeError(`${JSON.stringify(by)} is not a length of time, such as 250ms, 30s or 5m`)
    const target = this.#now + Math.round(byMs)
    await this.settle()
    for (let next = this.#timers.take(target); next; next = this.#timers.take(target)) {
      this.#now = next.due
      next.callback()
      await this.#settled(1)
    }
    this.#now = target
  }

  /** Resolves when nothing is left to do that needs no time to pass. */
  settle(): Promise<void> {
    // Before it is all that the test, and the machine, have done since time moved last.
    return this.#settled(quietTurns)
  }

  /** After as many turns in a row in which nothing is under way; promises have settled before each: with nothing to come, nothing is left that could go on. */
  async #settled(idleTurns: number): Promise<void> {
    for (let [quiet, idle] = [0, 0]; quiet < quietTurns && idle < idleTurns; ) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      const what = this.#underWay()
      quiet = what === 'work' ? 0 : quiet + 1
      idle = what === 'nothing' ? idle + 1 : 0
    }
  }
}
