// kube-controller-manager's failedPodsBackoff.
const firstMs = 1000
const longestMs = 15 * 60_000

interface Deletion {
  readonly at: number
  readonly delayMs: number
}

/** How long a failed pod is left before it is deleted: each time on the same node twice as long, so that a set does not fight with a node that refuses its pods. */
export class FailedPods {
  readonly #deletions = new Map<string, Deletion>()

  /** When the next failed pod of `key` may be deleted, in ms since the epoch. */
  mayDeleteAt(key: string): number {
    const last = this.#deletions.get(key)
    return last ? last.at + last.delayMs : 0
  }

  /** One is deleted now. */
  deleted(key: string, now: number): void {
    const last = this.#deletions.get(key)
    const isFresh = last !== undefined && now - last.at <= 2 * longestMs
    this.#deletions.delete(key)
    this.#deletions.set(key, { at: now, delayMs: isFresh ? Math.min(2 * last.delayMs, longestMs) : firstMs })
    // Written last is the last in a map: what is long over stands first.
    for (const [each, { at }] of this.#deletions) {
      if (now - at <= 2 * longestMs) break
      this.#deletions.delete(each)
    }
  }

  /** The set is gone. */
  forget(uid: string): void {
    for (const key of this.#deletions.keys()) if (key.startsWith(`${uid}/`)) this.#deletions.delete(key)
  }
}

/** Another generation of the set begins anew. */
export const failureKey = (uid: string, generation: number, node: string): string => `${uid}/${generation}/${node}`
