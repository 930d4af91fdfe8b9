interface EnterOptions {
  readonly signal?: AbortSignal
  /** Waits behind all that is not `later`, whenever that came. */
  readonly later?: boolean
}

/** Lets at most `limit` tasks run at a time; the rest wait in order, those that said `later` behind the others. */
export class Limiter {
  #free: number
  readonly #waiting: (() => void)[] = []
  readonly #later: (() => void)[] = []

  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`concurrency must be a whole number of at least 1, not ${limit}`)
    this.#free = limit
  }

  /** Runs `task` when there is room. Throws the signal's reason when aborted while waiting. */
  async run<T>(task: () => Promise<T>, options: EnterOptions = {}): Promise<T> {
    await this.#enter(options)
    try {
      return await task()
    } finally {
      // The place goes straight to the next in line, so that nobody slips in between.
      const next = this.#waiting.shift() ?? this.#later.shift()
      if (next) next()
      else this.#free++
    }
  }

  #enter({ signal, later }: EnterOptions): Promise<void> {
    signal?.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return Promise.resolve()
    }
    const line = later ? this.#later : this.#waiting
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        line.splice(line.indexOf(enter), 1)
        reject(signal?.reason)
      }
      line.push(enter)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }
}
