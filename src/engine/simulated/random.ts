import { assertNever } from '../../base/assert-never.ts'

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

/** Repeatable sources by what they are for, each with numbers of its own: what one draws does not depend on when others do. */
export const seededSources =
  (seed: number): ((what: string) => Random) =>
  (what) =>
    seededRandom(seed + hashOf(what))

/** A seed from a source, for what is repeatable by itself. */
export const seedFrom = (random: Random): number => Math.floor(random() * 2 ** 32)

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** A length of time in milliseconds, or what it is drawn from. */
export type Delay =
  | { readonly spread: 'even'; readonly minMs: number; readonly maxMs: number }
  | { readonly spread: 'normal'; readonly meanMs: number; readonly deviationMs: number }
  /** As between arrivals: mostly short, sometimes long. */
  | { readonly spread: 'exponential'; readonly meanMs: number }
  /** Given by its middle and by what one in a hundred exceeds: as start-up and pull times mostly are. */
  | { readonly spread: 'lognormal'; readonly medianMs: number; readonly p99Ms: number }

export const noDelay: Delay = { spread: 'even', minMs: 0, maxMs: 0 }

/** Of the standard normal distribution. */
const z99 = 2.3263478740408408

/** Never below 0. A fixed delay draws no number, so that it leaves those of others as they are. */
export function drawDelay(delay: Delay, random: Random): number {
  switch (delay.spread) {
    case 'even':
      return delay.minMs === delay.maxMs ? delay.minMs : delay.minMs + (delay.maxMs - delay.minMs) * random()
    case 'normal':
      return Math.max(0, delay.meanMs + delay.deviationMs * standardNormal(random))
    case 'exponential':
      return -Math.log(1 - random()) * delay.meanMs
    case 'lognormal':
      return delay.medianMs * (delay.p99Ms / delay.medianMs) ** (standardNormal(random) / z99)
    default:
      return assertNever(delay)
  }
}

/** Of mean 0 and deviation 1: Box and Muller's. */
export const standardNormal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
