// client-go's ExpectationsTimeout.
const longestMs = 5 * 60_000

/**
 * What a controller has made and not seen yet. A write is told in the turn in which it is stored, except where a storage of its own (etcd) is late to tell:
 * until then who counts what is there must make no more.
 */
export class Expectations {
  readonly #expected = new Map<string, Map<string, number>>()

  /** Of the owner `key`: an object with this uid is to be seen. */
  expect(key: string, uid: string, now: number): void {
    const expected = this.#expected.get(key) ?? new Map<string, number>()
    this.#expected.set(key, expected.set(uid, now))
  }

  /** Whether all that is expected of `key` was seen, or is not waited for any more. */
  isMet(key: string, isSeen: (uid: string) => boolean, now: number): boolean {
    const expected = this.#expected.get(key)
    if (!expected) return true
    for (const [uid, since] of expected) if (isSeen(uid) || now - since >= longestMs) expected.delete(uid)
    if (expected.size > 0) return false
    this.#expected.delete(key)
    return true
  }

  forget(key: string): void {
    this.#expected.delete(key)
  }
}
