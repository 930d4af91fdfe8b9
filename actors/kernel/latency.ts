// Upper bounds of the buckets, milliseconds; doubling from an eighth.
const bounds = Array.from({ length: 24 }, (_, index) => 0.125 * 2 ** index)

/** A histogram of waiting times that costs an index increment a sample. */
export class Latency {
  readonly #counts = new Array<number>(bounds.length + 1).fill(0)
  #total = 0
  #max = 0

  record(milliseconds: number): void {
    const index = milliseconds <= 0.125 ? 0 : Math.min(bounds.length, Math.ceil(Math.log2(milliseconds / 0.125)))
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#total += 1
    if (milliseconds > this.#max) this.#max = milliseconds
  }

  /** The upper bound of the bucket that holds the given share (0 to 1) of samples. */
  quantile(share: number): number {
    let seen = 0
    for (const [index, count] of this.#counts.entries()) {
      seen += count
      if (count > 0 && seen >= share * this.#total) return Math.min(this.#max, bounds[index] ?? this.#max)
    }
    return 0
  }

  get max(): number {
    return this.#max
  }
}
