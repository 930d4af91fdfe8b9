/** One kept sample: its wall time in milliseconds and its values in the order of the history's columns; NaN is a value nobody measured. */
export interface HistoryRow {
  readonly at: number
  readonly values: readonly number[]
}

/** The newest samples of one container or node, in typed arrays of a fixed size: memory does not grow with time. */
export class SampleRing {
  readonly #times: Float64Array
  readonly #values: Float64Array
  readonly #capacity: number
  readonly #columns: number
  #next = 0
  #size = 0

  /** @throws RangeError when capacity or columns is not a positive integer. */
  constructor(capacity: number, columns: number) {
    for (const [name, value] of [
      ['capacity', capacity],
      ['columns', columns],
    ] as const)
      if (!Number.isInteger(value) || value < 1) throw new RangeError(`SampleRing ${name} is ${value}: give a positive integer`)
    this.#capacity = capacity
    this.#columns = columns
    this.#times = new Float64Array(capacity)
    this.#values = new Float64Array(capacity * columns)
  }

  get size(): number {
    return this.#size
  }

  /** Keeps a sample and forgets the oldest when full; one not newer than the last is ignored, so time only goes forward. */
  push(at: number, values: readonly (number | undefined)[]): boolean {
    const last = (this.#next + this.#capacity - 1) % this.#capacity
    if (this.#size > 0 && at <= (this.#times[last] ?? 0)) return false
    this.#times[this.#next] = at
    for (let column = 0; column < this.#columns; column++) this.#values[this.#next * this.#columns + column] = values[column] ?? Number.NaN
    this.#next = (this.#next + 1) % this.#capacity
    this.#size = Math.min(this.#size + 1, this.#capacity)
    return true
  }

  /** The newest `count` samples, oldest first. */
  newest(count = this.#size): HistoryRow[] {
    const wanted = Math.max(0, Math.min(count, this.#size))
    return Array.from({ length: wanted }, (_, index) => {
      const slot = (this.#next - wanted + index + this.#capacity) % this.#capacity
      return { at: this.#times[slot] ?? 0, values: [...this.#values.subarray(slot * this.#columns, (slot + 1) * this.#columns)] }
    })
  }
}
