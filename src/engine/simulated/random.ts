/** A source of numbers from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number

/** Repeatable pseudo-random numbers (mulberry32): the same seed gives the same run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A length of time in milliseconds, drawn evenly between its bounds. */
export interface Delay {
  readonly minMs: number
  readonly maxMs: number
}

export const noDelay: Delay = { minMs: 0, maxMs: 0 }

export function drawDelay({ minMs, maxMs }: Delay, random: Random): number {
  return minMs === maxMs ? minMs : minMs + (maxMs - minMs) * random()
}
