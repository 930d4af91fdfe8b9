/** Says on a terminal how far the run is, in one line that changes; elsewhere only what begins. */
export class Progress {
  readonly #out: NodeJS.WriteStream
  readonly #lineMs = 200

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  say(text: string): void {
    this.#out.write(this.#out.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`)
  }

  /** Shows `text` anew until the work is done. */
  async while<T>(text: () => string, work: Promise<T>): Promise<T> {
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
