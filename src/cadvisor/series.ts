import { SampleRing } from './history.ts'
import type { Values } from './readings.ts'

/** One kept reading. */
export interface Reading<Column extends string> {
  /** Wall-clock ms of the sweep that it belongs to: the same for everything that was read in it. */
  readonly at: number
  readonly values: Values<Column>
}

/** The kept readings of one container, pod or node, by the names of its columns. */
export class Series<Column extends string> {
  readonly #columns: readonly Column[]
  readonly #ring: SampleRing

  constructor(columns: readonly Column[], capacity: number) {
    this.#columns = columns
    this.#ring = new SampleRing(capacity, columns.length)
  }

  push(at: number, values: Values<Column>): void {
    this.#ring.push(
      at,
      this.#columns.map((column) => values[column]),
    )
  }

  /** The newest `count` readings, oldest first. */
  newest(count?: number): Reading<Column>[] {
    return this.#ring.newest(count).map(({ at, values }) => {
      const named: { [Name in Column]?: number } = {}
      for (const [index, column] of this.#columns.entries()) {
        const value = values[index]
        if (value !== undefined && !Number.isNaN(value)) named[column] = value
      }
      return { at, values: named }
    })
  }
}
