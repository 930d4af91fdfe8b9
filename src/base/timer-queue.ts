import type { Timer } from './clock.ts'

export interface QueuedTimer {
  readonly due: number
  readonly callback: () => void
}

interface Pending extends QueuedTimer {
  readonly order: number
  cancelled: boolean
}

/** Cancelled timers are left in the heap until there are more of them than of others, and this many. */
const leftBehind = 64

/** The timers of a clock that is moved by hand, in a heap: in order of due time, then of creation. */
export class TimerQueue {
  #heap: Pending[] = []
  #size = 0
  #order = 0

  get size(): number {
    return this.#size
  }

  add(due: number, callback: () => void): Timer {
    const entry: Pending = { due, order: this.#order++, callback, cancelled: false }
    this.#heap.push(entry)
    this.#size += 1
    this.#rise(entry)
    return { cancel: () => this.#cancel(entry) }
  }

  /** Takes out the first that is due by `until`. */
  take(until: number): QueuedTimer | undefined {
    for (let first = this.#heap[0]; first && (first.cancelled || first.due <= until); first = this.#heap[0]) {
      this.#removeFirst()
      if (first.cancelled) continue
      // What is taken cannot be cancelled any more.
      first.cancelled = true
      this.#size -= 1
      return first
    }
    return undefined
  }

  #cancel(entry: Pending): void {
    if (entry.cancelled) return
    entry.cancelled = true
    this.#size -= 1
    if (this.#heap.length < 2 * this.#size + leftBehind) return
    // An array in order is a heap.
    this.#heap = this.#heap.filter(({ cancelled }) => !cancelled).sort((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  #rise(entry: Pending): void {
    let index = this.#heap.length - 1
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = this.#heap[above] as Pending
      if (!isBefore(entry, parent)) break
      this.#heap[index] = parent
      index = above
    }
    this.#heap[index] = entry
  }

  #removeFirst(): void {
    const last = this.#heap.pop()
    const count = this.#heap.length
    if (!last || count === 0) return
    let index = 0
    for (let below = 1; below < count; below = 2 * index + 1) {
      const [left, right] = [this.#heap[below] as Pending, this.#heap[below + 1]]
      const [least, at] = right && isBefore(right, left) ? [right, below + 1] : [left, below]
      if (!isBefore(least, last)) break
      this.#heap[index] = least
      index = at
    }
    this.#heap[index] = last
  }
}

const isBefore = (a: Pending, b: Pending): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)
