import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'

/** An error that comes again and again is no accident: what runs on is broken, and beginning anew is the better way. */
const mostWithin = { errors: 20, ms: 60_000 }

export interface EscapedErrorsOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Where they come out: the process. */
  readonly source: Pick<NodeJS.EventEmitter, 'on' | 'off'>
  /** Ends the process; a supervisor begins it anew, and containers run on meanwhile. */
  readonly giveUp: (code: number) => void
}

/**
 * Errors that nobody owned: a promise's rejection, or what an event's listener threw. Each is a bug of ours, and none of it is a reason to leave a node
 * without its agent: it is logged, counted and survived. Not so when they do not end: more than 20 within a minute end the process with code 1.
 */
export class EscapedErrors implements Disposable {
  readonly #options: EscapedErrorsOptions
  readonly #recent: number[] = []
  readonly #onRejection = (error: unknown) => this.#escaped('a promise was rejected and nobody heard it', error)
  readonly #onException = (error: unknown) => this.#escaped('an error was thrown and nobody caught it', error)
  count = 0

  constructor(options: EscapedErrorsOptions) {
    this.#options = options
    options.source.on('unhandledRejection', this.#onRejection)
    options.source.on('uncaughtException', this.#onException)
  }

  [Symbol.dispose](): void {
    this.#options.source.off('unhandledRejection', this.#onRejection)
    this.#options.source.off('uncaughtException', this.#onException)
  }

  #escaped(what: string, error: unknown): void {
    const { clock, log, giveUp } = this.#options
    this.count += 1
    const now = clock.monotonic()
    this.#recent.push(now)
    while (this.#recent.length > 0 && now - (this.#recent[0] ?? 0) > mostWithin.ms) this.#recent.shift()
    const isTooMuch = this.#recent.length > mostWithin.errors
    try {
      log.error(what, { error: error instanceof Error ? (error.stack ?? error.message) : String(error), count: this.count })
      if (isTooMuch) log.error('errors do not end: the agent ends, to be begun anew; containers keep running', { withinMs: mostWithin.ms })
    } finally {
      if (isTooMuch) giveUp(1)
    }
  }
}
