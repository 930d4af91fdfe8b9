import type { Writable } from 'node:stream'

/** Holds back what is written to a stream until the turn of the event loop is over, so that it goes out as one. */
export class TurnCork {
  readonly #to: Writable
  readonly #released: (() => void) | undefined
  #corked = false

  /** `released` is called each time that what was held has gone. */
  constructor(to: Writable, released?: () => void) {
    this.#to = to
    this.#released = released
  }

  /** To be called before each write. */
  hold(): void {
    if (this.#corked) return
    this.#corked = true
    this.#to.cork()
    setImmediate(() => this.release())
  }

  /** Lets it go at once. */
  release(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#to.uncork()
    this.#released?.()
  }
}
