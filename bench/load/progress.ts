/** Somebody wants the run to end: what it made is to be removed. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** The run cannot go on; the message says why and where to look. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}

/** Says on a terminal how far the run is, in one line that changes; elsewhere only what begins. */
export class Progress {
  readonly #out: NodeJS.WriteStream
  readonly #interrupted: AbortSignal
  readonly #lineMs = 200

  /** `interrupted`: ends what is waited for. */
  constructor(out: NodeJS.WriteStream, interrupted: AbortSignal) {
    this.#out = out
    this.#interrupted = interrupted
  }

  say(text: string): void {
    this.#out.write(this.#out.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`)
  }

  /** Shows `text` anew until the work is done. Throws `InterruptedError` when that is asked for before. */
  async while<T>(text: () => string, work: Promise<T>): Promise<T> {
    const { promise: ended, reject: end } = Promise.withResolvers<never>()
    const onEnd = () => end(this.#interrupted.reason)
    this.#interrupted.addEventListener('abort', onEnd, { once: true })
    // It goes on until what it works with is closed; that is nobody's failure then.
    work.catch(() => {})
    try {
      this.#interrupted.throwIfAborted()
      return await this.finally(text, Promise.race([work, ended]))
    } finally {
      this.#interrupted.removeEventListener('abort', onEnd)
    }
  }

  /** As `while`, for what is to be done in any case. */
  async finally<T>(text: () => string, work: Promise<T>): Promise<T> {
    const from = performance.now()
    const show = () => this.#out.write(`\r\x1b[K${((performance.now() - from) / 1000).toFixed(1)} s  ${text()}`)
    const timer = this.#out.isTTY ? setInterval(show, this.#lineMs) : undefined
    try {
      return await work
    } finally {
      clearInterval(timer)
      if (this.#out.isTTY) this.#out.write('\r\x1b[K')
    }
  }
}
