import type { QueueReading } from './board.ts'

const remembered = 8

/** Counts what goes through a queue. */
export class QueueTally {
  #adds = 0
  #handled = 0
  #retries = 0
  #workedMs = 0
  #longestMs = 0
  readonly #recent: string[] = []

  added(): void {
    this.#adds++
  }

  worked(key: string, ms: number): void {
    // The oldest place is written over: a queue that is handled fast is not shifted each time.
    this.#recent[this.#handled++ % remembered] = key
    this.#workedMs += ms
    if (ms > this.#longestMs) this.#longestMs = ms
  }

  /** A key failed and comes again later. */
  putOff(): void {
    this.#retries++
  }

  /** `begunAt`: when each key that is being handled was begun with. */
  reading(name: string, depth: number, begunAt: Iterable<number>, now: number): QueueReading {
    const next = this.#handled % remembered
    return {
      name,
      depth,
      adds: this.#adds,
      handled: this.#handled,
      retries: this.#retries,
      runningMs: [...begunAt].map((at) => now - at),
      workedMs: this.#workedMs,
      longestMs: this.#longestMs,
      recent: [...this.#recent.slice(next), ...this.#recent.slice(0, next)],
    }
  }
}
