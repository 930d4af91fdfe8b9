import type { Clock, Timer } from '../../../src/base/clock.ts'

/** Something done again and again. It never overlaps itself: a run that outlasts its period delays its own next one only. */
export interface ScheduledTask {
  /** Milliseconds until the first run. */
  readonly firstDelayMs: number
  readonly periodMs: number
  /** So much sooner, once, comes the second run: tasks that began in step go on out of step. Default 0. */
  readonly secondSoonerMs?: number
  /** Must settle once the signal is aborted. Errors are the task's own business. */
  run(signal: AbortSignal): Promise<void>
}

export interface ScheduleHandle {
  /** Runs it as soon as there is a slot. */
  runNow(): void
  /** Ends it, aborting a run under way. Cancelling twice is safe. */
  cancel(): void
}

export interface ScheduleOptions {
  readonly clock: Clock
  /** How many tasks run at once; the others wait in order of due time. */
  readonly concurrency: number
  /** A task that runs for longer gives its slot away: those that hang hold up no other. Default: it keeps it. */
  readonly slotMs?: number
  readonly onError: (error: unknown) => void
}

interface Entry {
  readonly task: ScheduledTask
  ranOnce: boolean
  readonly abort: AbortController
  due: number
  /** Place in the heap; -1 while it runs, waits for a slot or is cancelled. */
  index: number
}

/**
 * One schedule for all probes of a host: a heap by due time and a single timer, however many pods there are.
 * Tasks are spread by the first delay that the caller chooses.
 */
export class Schedule implements Disposable {
  readonly #options: ScheduleOptions
  readonly #heap: Entry[] = []
  readonly #waiting: Entry[] = []
  readonly #entries = new Set<Entry>()
  /** Since when each has its slot, the oldest first. */
  readonly #slots = new Map<Entry, number>()
  #relief: Timer | undefined
  #timer: Timer | undefined
  #timerDue = Number.POSITIVE_INFINITY

  constructor(options: ScheduleOptions) {
    this.#options = options
  }

  /** How many tasks there are. */
  get size(): number {
    return this.#entries.size
  }

  add(task: ScheduledTask): ScheduleHandle {
    const entry: Entry = { task, ranOnce: false, abort: new AbortController(), due: this.#now() + Math.max(0, task.firstDelayMs), index: -1 }
    this.#entries.add(entry)
    this.#push(entry)
    this.#arm()
    return {
      runNow: () => {
        if (entry.index < 0) return
        entry.due = this.#now()
        this.#up(entry.index)
        this.#arm()
      },
      cancel: () => this.#cancel(entry),
    }
  }

  [Symbol.dispose](): void {
    for (const entry of [...this.#entries]) this.#cancel(entry)
    this.#timer?.cancel()
    this.#relief?.cancel()
  }

  #now(): number {
    return this.#options.clock.monotonic()
  }

  #cancel(entry: Entry): void {
    if (!this.#entries.delete(entry)) return
    if (entry.index >= 0) this.#removeAt(entry.index)
    entry.abort.abort(new Error('the probe was stopped'))
    this.#arm()
  }

  #arm(): void {
    const next = this.#heap[0]?.due ?? Number.POSITIVE_INFINITY
    if (next === this.#timerDue) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerDue = next
    if (next === Number.POSITIVE_INFINITY) return
    this.#timer = this.#options.clock.setTimer(next - this.#now(), () => this.#fire())
  }

  #fire(): void {
    this.#timer = undefined
    this.#timerDue = Number.POSITIVE_INFINITY
    // A timer may come a fraction of a millisecond early.
    const now = this.#now() + 0.5
    for (let first = this.#heap[0]; first && first.due <= now; first = this.#heap[0]) {
      this.#removeAt(0)
      this.#waiting.push(first)
    }
    this.#startWaiting()
    this.#arm()
  }

  #startWaiting(): void {
    while (this.#slots.size < this.#options.concurrency || this.#takeSlot()) {
      const entry = this.#waiting.shift()
      if (!entry) return
      if (this.#entries.has(entry)) void this.#run(entry)
    }
  }

  /** Takes the slot of the task that has held one for the longest, if that is too long; else sees to it that this is asked again. */
  #takeSlot(): boolean {
    const [oldest] = this.#slots
    const { slotMs } = this.#options
    if (!oldest || slotMs === undefined || this.#waiting.length === 0) return false
    const left = oldest[1] + slotMs - this.#now()
    if (left <= 0) return this.#slots.delete(oldest[0])
    this.#relief ??= this.#options.clock.setTimer(left, () => {
      this.#relief = undefined
      this.#startWaiting()
    })
    return false
  }

  async #run(entry: Entry): Promise<void> {
    this.#slots.set(entry, this.#now())
    try {
      await entry.task.run(entry.abort.signal)
    } catch (error) {
      if (!entry.abort.signal.aborted) this.#options.onError(error)
    }
    this.#slots.delete(entry)
    if (this.#entries.has(entry)) {
      // Keeps the rhythm; ticks missed while it ran are skipped.
      const missed = Math.max(1, Math.ceil((this.#now() - entry.due) / entry.task.periodMs))
      entry.due += missed * entry.task.periodMs
      if (!entry.ranOnce) entry.due = Math.max(this.#now(), entry.due - (entry.task.secondSoonerMs ?? 0))
      entry.ranOnce = true
      this.#push(entry)
    }
    this.#startWaiting()
    this.#arm()
  }

  #push(entry: Entry): void {
    entry.index = this.#heap.push(entry) - 1
    this.#up(entry.index)
  }

  #removeAt(index: number): void {
    const removed = this.#heap[index]
    const last = this.#heap.pop()
    if (removed) removed.index = -1
    if (!last || last === removed) return
    this.#heap[index] = last
    last.index = index
    this.#down(this.#up(index))
  }

  #up(from: number): number {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (this.#due(parent) <= this.#due(index)) break
      this.#swap(parent, index)
      index = parent
    }
    return index
  }

  #down(from: number): void {
    let index = from
    for (;;) {
      let least = index
      for (const child of [2 * index + 1, 2 * index + 2]) if (this.#due(child) < this.#due(least)) least = child
      if (least === index) return
      this.#swap(least, index)
      index = least
    }
  }

  #due(index: number): number {
    return this.#heap[index]?.due ?? Number.POSITIVE_INFINITY
  }

  #swap(a: number, b: number): void {
    const first = this.#heap[a]
    const second = this.#heap[b]
    if (!first || !second) return
    this.#heap[a] = second
    this.#heap[b] = first
    second.index = a
    first.index = b
  }
}
