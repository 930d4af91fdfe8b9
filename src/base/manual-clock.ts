import type { Clock, Timer } from './clock.ts'
import { TimerQueue } from './timer-queue.ts'

/** A clock that moves only when told to, for tests and simulated runs. Timers fire in order of due time, then of creation. */
export class ManualClock implements Clock {
  #now = 0
  readonly #epoch: number
  readonly #timers = new TimerQueue()

  /** `epoch` is the wall time at monotonic zero, in milliseconds. */
  constructor(epoch: number = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch
  }

  wall(): number {
    return this.#epoch + this.#now
  }

  monotonic(): number {
    return this.#now
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.#timers.add(this.#now + Math.max(0, delayMs), callback)
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves time on, firing what falls due, and lets promises settle between timers so that chains of timers run too. */
  async advance(byMs: number): Promise<void> {
    const target = this.#now + byMs
    await settle()
    for (let next = this.#timers.take(target); next; next = this.#timers.take(target)) {
      this.#now = next.due
      next.callback()
      await settle()
    }
    this.#now = target
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
