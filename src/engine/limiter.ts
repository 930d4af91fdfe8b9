import type { Clock, Timer } from '../base/clock.ts'

interface EnterOptions {
  readonly signal?: AbortSignal
  /** Waits behind all that is not `later`, whenever that came. */
  readonly later?: boolean
}

export interface LimiterOptions {
  readonly clock: Clock
  /** A task that takes longer gives its place to the next: those that hang hold up no other. */
  readonly placeMs: number
  /** So many of those that gave their place away, as many times the limit, and no more. */
  readonly mostHanging: number
}

/** Lets at most `limit` tasks run at a time; the rest wait in order, those that said `later` behind the others. */
export class Limiter {
  readonly #limit: number
  readonly #options: LimiterOptions | undefined
  /** Since when each task has its place, the oldest first. */
  readonly #places = new Map<object, number>()
  /** Tasks that gave their place away and have not ended. */
  #hanging = 0
  readonly #waiting: (() => void)[] = []
  readonly #later: (() => void)[] = []
  #relief: Timer | undefined

  constructor(limit: number, options?: LimiterOptions) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`concurrency must be a whole number of at least 1, not ${limit}`)
    this.#limit = limit
    this.#options = options
  }

  /** Runs `task` when there is room. Throws the signal's reason when aborted while waiting. */
  async run<T>(task: () => Promise<T>, options: EnterOptions = {}): Promise<T> {
    const place = {}
    await this.#enter(place, options)
    try {
      return await task()
    } finally {
      if (!this.#places.delete(place)) this.#hanging -= 1
      this.#admit()
    }
  }

  #enter(place: object, { signal, later }: EnterOptions): Promise<void> {
    signal?.throwIfAborted()
    if (this.#places.size < this.#limit) {
      this.#take(place)
      return Promise.resolve()
    }
    const line = later ? this.#later : this.#waiting
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave)
        this.#take(place)
        resolve()
      }
      const leave = () => {
        line.splice(line.indexOf(enter), 1)
        reject(signal?.reason)
      }
      line.push(enter)
      signal?.addEventListener('abort', leave, { once: true })
      this.#admit()
    })
  }

  #take(place: object): void {
    this.#places.set(place, this.#options?.clock.monotonic() ?? 0)
  }

  /** The place goes straight to the next in line, so that nobody slips in between. */
  #admit(): void {
    while (this.#waiting.length + this.#later.length > 0 && (this.#places.size < this.#limit || this.#freePlace()))
      (this.#waiting.shift() ?? this.#later.shift())?.()
  }

  /** Takes the place of the task that has held one for the longest, if that is too long; else sees to it that this is asked again. */
  #freePlace(): boolean {
    const [oldest] = this.#places
    if (!this.#options || !oldest || this.#hanging >= this.#options.mostHanging * this.#limit) return false
    const { clock, placeMs } = this.#options
    const left = oldest[1] + placeMs - clock.monotonic()
    if (left <= 0) {
      this.#hanging += 1
      return this.#places.delete(oldest[0])
    }
    this.#relief ??= clock.setTimer(left, () => {
      this.#relief = undefined
      this.#admit()
    })
    return false
  }
}
