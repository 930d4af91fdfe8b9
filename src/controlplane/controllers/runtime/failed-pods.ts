/** In milliseconds. */
export interface FailureDelays {
  /** Before the second deletion; each further one waits twice as long. */
  readonly first: number
  readonly longest: number
  /** After so long without one it begins anew. */
  readonly forgotten: number
}

interface Deletion {
  readonly at: number
  readonly delayMs: number
}

/** How long a failed pod is left before it is deleted and made anew: each time in the same place twice as long, so that a set does not fight with a node that refuses its pods. */
export class FailedPods {
  readonly #delays: FailureDelays
  readonly #deletions = new Map<string, Deletion>()

  constructor(delays: FailureDelays) {
    this.#delays = delays
  }

  /** When the next failed pod of `key` may be deleted, in ms since the epoch. */
  mayDeleteAt(key: string): number {
    const last = this.#deletions.get(key)
    return last ? last.at + last.delayMs : 0
  }

  /** One is deleted now. */
  deleted(key: string, now: number): void {
    const { first, longest, forgotten } = this.#delays
    const last = this.#deletions.get(key)
    const isFresh = last !== undefined && now - last.at <= forgotten
    this.#deletions.delete(key)
    this.#deletions.set(key, { at: now, delayMs: isFresh ? Math.min(2 * last.delayMs, longest) : first })
    // Written last is the last in a map: what is long over stands first.
    for (const [each, { at }] of this.#deletions) {
      if (now - at <= forgotten) break
      this.#deletions.delete(each)
    }
  }

  /** The set is gone. */
  forget(uid: string): void {
    for (const key of this.#deletions.keys()) if (key.startsWith(`${uid}/`)) this.#deletions.delete(key)
  }
}

/** `place` is a node or an ordinal. Another generation of the set begins anew. */
export const failureKey = (uid: string, generation: number, place: string | number): string => `${uid}/${generation}/${place}`
