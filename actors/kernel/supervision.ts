import { backoffDelay } from '../../src/base/backoff.ts'
import type { SupervisionPolicy } from './types.ts'

/** One second doubling to five minutes, for ever; ten minutes of good running forget. */
export const defaultSupervision: SupervisionPolicy = { initialMs: 1000, maxMs: 300_000, maxRestarts: Number.POSITIVE_INFINITY, resetAfterMs: 600_000 }

export type Verdict = { readonly do: 'restart'; readonly afterMs: number } | { readonly do: 'escalate' }

/** Counts the failures of one actor and says what to do about the next. Times are monotonic milliseconds. */
export class Supervision {
  readonly #policy: SupervisionPolicy
  #failures = 0
  #startedAt = 0

  constructor(policy?: Partial<SupervisionPolicy>) {
    this.#policy = policy ? { ...defaultSupervision, ...policy } : defaultSupervision
  }

  started(now: number): void {
    this.#startedAt = now
  }

  failed(now: number): Verdict {
    if (this.#failures > 0 && now - this.#startedAt >= this.#policy.resetAfterMs) this.#failures = 0
    this.#failures += 1
    if (this.#failures > this.#policy.maxRestarts) return { do: 'escalate' }
    return { do: 'restart', afterMs: backoffDelay(this.#policy, this.#failures) }
  }
}
