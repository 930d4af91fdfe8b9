import type { Clock } from '../base/clock.ts'

/** Remembers answers for a while, at most `limit` of them; the oldest goes first. One question is asked once at a time. */
export class ExpiringCache<Value> {
  readonly #clock: Clock
  readonly #limit: number
  readonly #entries = new Map<string, { readonly value: Promise<Value>; expiresAt: number }>()

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#limit = limit
  }

  /** The remembered answer, or `ask()`'s, kept for what `ttlMs` says of it. A rejection is not kept. */
  get(key: string, ask: () => Promise<Value>, ttlMs: (value: Value) => number): Promise<Value> {
    const known = this.#entries.get(key)
    if (known && known.expiresAt > this.#clock.monotonic()) return known.value
    const entry = { value: ask(), expiresAt: Number.POSITIVE_INFINITY }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.value.then(
      (value) => {
        entry.expiresAt = this.#clock.monotonic() + ttlMs(value)
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
      },
    )
    const oldest = this.#entries.keys().next()
    if (this.#entries.size > this.#limit && !oldest.done) this.#entries.delete(oldest.value)
    return entry.value
  }
}
