import type { Timer } from './clock.ts'

export interface QueuedTimer {
  readonly due: number
  readonly callback: () => void
}

interface Pending extends QueuedTimer {
  readonly order: number
}

/** The timers of a clock that is moved by hand: in order of due time, then of creation. */
export class TimerQueue {
  readonly #pending = new Set<Pending>()
  #order = 0

  get size(): number {
    return this.#pending.size
  }

  add(due: number, callback: () => void): Timer {
    const entry: Pending = { due, order: this.#order++, callback }
    this.#pending.add(entry)
    return { cancel: () => void this.#pending.delete(entry) }
  }

  /** Takes out the first that is due by `until`. */
  take(until: number): QueuedTimer | undefined {
    let next: Pending | undefined
    for (const entry of this.#pending) {
      if (entry.due > until) continue
      if (!next || entry.due < next.due || (entry.due === next.due && entry.order < next.order)) next = entry
    }
    if (next) this.#pending.delete(next)
    return next
  }
}
