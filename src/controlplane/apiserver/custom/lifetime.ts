/** How long a definition is served. What goes on by it, such as watches, ends with it. */
export class Lifetime {
  readonly #listeners = new Set<() => void>()
  #ended = false

  /** Calls `listener` when it ends, at once when it has. Answers what takes the listener back. */
  onEnd(listener: () => void): () => void {
    if (this.#ended) listener()
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  end(): void {
    this.#ended = true
    for (const listener of [...this.#listeners]) listener()
    this.#listeners.clear()
  }
}
