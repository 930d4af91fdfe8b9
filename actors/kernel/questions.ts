import type { Clock, Timer } from '../../src/base/clock.ts'
import { AskError } from './types.ts'
import type { Answer } from './wire.ts'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: AskError) => void
  readonly timer: Timer
}

/** The questions that actors of one host have asked and that are not answered yet. */
export class Questions {
  readonly #origin: string
  readonly #clock: Clock
  readonly #waiting = new Map<string, Waiting>()
  #next = 0

  /** `origin` names the host's incarnation; answers find back by it. */
  constructor(origin: string, clock: Clock) {
    this.#origin = origin
    this.#clock = clock
  }

  /** A new question: its id, and the promise of its answer. `about` is for the message of a time-out. */
  ask(timeoutMs: number, about: string): { readonly id: string; readonly answer: Promise<unknown> } {
    const id = `${this.#origin}:${this.#next++}`
    const answer = new Promise<unknown>((resolve, reject) => {
      const timer = this.#clock.setTimer(timeoutMs, () => {
        this.#waiting.delete(id)
        reject(new AskError('timeout', `no answer to ${about} within ${timeoutMs} ms`))
      })
      this.#waiting.set(id, { resolve, reject, timer })
    })
    return { id, answer }
  }

  settle({ question, outcome }: Answer): void {
    const waiting = this.#waiting.get(question)
    if (!waiting) return
    this.#waiting.delete(question)
    waiting.timer.cancel()
    if (outcome.ok) waiting.resolve(outcome.value)
    else waiting.reject(new AskError(outcome.failure, outcome.message))
  }

  /** Nobody will answer any more. */
  close(): void {
    for (const { reject, timer } of this.#waiting.values()) {
      timer.cancel()
      reject(new AskError('stopped', 'the host has closed'))
    }
    this.#waiting.clear()
  }
}

/** Whose question it is. */
export const originOf = (question: string): string => question.slice(0, question.lastIndexOf(':'))
