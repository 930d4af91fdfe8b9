/** So busy must the least busy thread have been for so long, in the time between two spawns. */
const busyShare = 0.6
const shortestMs = 1000
/** Older than this, what was measured says nothing of now. */
const longestMs = 30_000

/**
 * When there should be a further thread: each costs memory, its own compiling and batches that are smaller, which pays only once those that are there have much to do.
 * Asked where it matters, as an actor is placed; nothing runs at rest.
 */
export class Growth {
  /** Threads at most. */
  readonly most: number
  #threads: number
  #measuredAt: number | undefined

  constructor(threads: number, most: number) {
    this.#threads = threads
    this.most = most
  }

  /** Whether one is to be begun now (monotonic ms), and counts it. `leastBusy` answers the share of its time that the least busy thread was at work since it was last called. */
  isDue(now: number, leastBusy: () => number): boolean {
    if (this.#threads >= this.most) return false
    const since = this.#measuredAt === undefined ? undefined : now - this.#measuredAt
    if (since !== undefined && since < shortestMs) return false
    const share = leastBusy()
    this.#measuredAt = now
    if (since === undefined || since > longestMs || share < busyShare) return false
    this.#threads += 1
    return true
  }
}
