import type { Clock, Timer } from './clock.ts'

interface Pending {
  readonly due: number
  readonly order: number
  readonly callback: () => void
}

/** A clock that moves only when told to, for tests and simulated runs. Timers fire in order of due time, then of creation. */
export class ManualClock implements Clock {
  #now = 0
  #order = 0
  readonly #epoch: number
  readonly #pending = new Set<Pending>()

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
    const entry: Pending = { due: this.#now + Math.max(0, delayMs), order: this.#order++, callback }
    this.#pending.add(entry)
    return { cancel: () => void this.#pending.delete(entry) }
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#pending.size
  }

  /** Moves time on, firing what falls due, and lets promises settle between timers so that chains of timers run too. */
  async advance(byMs: number): Promise<void> {
    const target = this.#now + byMs
    await settle()
    for (;;) {
      const next = this.#nextDue(target)
      if (!next) break
      this.#pending.delete(next)
      this.#now = next.due
      next.callback()
      await settle()
    }
    this.#now = target
  }

  #nextDue(until: number): Pending | undefined {
    let next: Pending | undefined
    for (const entry of this.#pending) {
      if (entry.due > until) continue
      if (!next || entry.due < next.due || (entry.due === next.due && entry.order < next.order)) next = entry
    }
    return next
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
