import type { Random } from '../../src/engine/simulated/random.ts'

/** A whole number from `from` to `to`, both included. */
export const integer = (random: Random, from: number, to: number): number => from + Math.floor(random() * (to - from + 1))

/** True once in `times`. */
export const oneIn = (random: Random, times: number): boolean => random() * times < 1

export function pick<T>(random: Random, from: readonly T[]): T {
  if (from.length === 0) throw new Error('there is nothing to pick from')
  return from[integer(random, 0, from.length - 1)] as T
}

export const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))

export const bytes = (random: Random, length: number): Buffer => Buffer.from(times(length, () => integer(random, 0, 255)))

/** The text in pieces of random lengths, as a connection may cut it. */
export function cut(random: Random, whole: Buffer, longest = whole.length): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < whole.length; ) {
    const end = at + integer(random, 1, Math.max(1, longest))
    pieces.push(whole.subarray(at, end))
    at = end
  }
  return pieces
}

/** The same with a few bytes changed, left out, doubled or added. */
export function damaged(random: Random, whole: Buffer): Buffer {
  let result = Buffer.from(whole)
  for (let change = integer(random, 1, 4); change > 0; change -= 1) {
    const at = integer(random, 0, result.length)
    const length = integer(random, 0, 8)
    const [before, after] = [result.subarray(0, at), result.subarray(at)]
    switch (integer(random, 0, 3)) {
      case 0:
        if (at < result.length) result[at] = integer(random, 0, 255)
        break
      case 1:
        result = Buffer.concat([before, after.subarray(length)])
        break
      case 2:
        result = Buffer.concat([before, after.subarray(0, length), after])
        break
      default:
        result = Buffer.concat([before, bytes(random, length), after])
    }
  }
  return result
}
