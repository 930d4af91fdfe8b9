import { type Clock, sleep } from '../base/clock.ts'
import { Outage } from './outage.ts'

/** What all requests to one API server tell of it together. */
export class ServerView {
  readonly reads: Outage
  readonly writes: Outage
  readonly #listeners = new Set<() => void>()

  constructor(clock: Clock, random?: () => number) {
    this.reads = new Outage(clock, random)
    this.writes = new Outage(clock, random)
  }

  /**
   * Somebody saw an object, or a list, at an earlier version than before: the server's store was replaced by an older copy. A watch from a version that is
   * yet to come says nothing, so everybody who watches must list again.
   */
  wentBack(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  /** Called each time the store went back. Answers how to call no more. */
  onWentBack(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

/** Waits before a request that failed is tried again: for `ms`, or less when the server it goes to is back. */
export const pauseBefore = (what: 'reads' | 'writes', { view }: { readonly view?: ServerView }, clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  view?.[what].pause(ms, signal) ?? sleep(clock, ms, signal)
