import { mapSize } from './equality.ts'
import { type CelValue, isMap } from './values.ts'

// cel-go common/cost.go: what reading a character costs beside a step, and what making a list or a map does.
export const perCharacter = 0.1
export const perPattern = 0.25
export const listCost = 10
export const mapCost = 30
export const structCost = 40

/** How large a value is: characters, bytes, elements; 1 for all that has no parts. */
export function sizeOf(value: CelValue | undefined): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length
  if (value === undefined || value === null) return 1
  return isMap(value) ? mapSize(value) : 1
}

/** Of functions that read their first argument once. */
export const readsFirst = ([first]: readonly CelValue[]): number => Math.ceil(sizeOf(first) * perCharacter)
/** Of functions that read their second argument once. */
export const readsSecond = ([, second]: readonly CelValue[]): number => Math.ceil(sizeOf(second) * perCharacter)
/** Of what is compared: as much as the smaller one has. */
export const readsSmaller = ([first, second]: readonly CelValue[]): number => Math.ceil(Math.min(sizeOf(first), sizeOf(second)) * perCharacter)
/** Of what is joined. */
export const readsBoth = ([first, second]: readonly CelValue[]): number => Math.ceil((sizeOf(first) + sizeOf(second)) * perCharacter)
/** Of searching the second in the first. */
export const searches = (args: readonly CelValue[]): number => readsFirst(args) * readsSecond(args)
/** Of matching the first with the pattern that is the second. */
export const matchesPattern = ([text, pattern]: readonly CelValue[]): number =>
  Math.ceil((1 + sizeOf(text)) * perCharacter) * Math.ceil(sizeOf(pattern) * perPattern)
/** Of going through a list. */
export const goesThrough = ([list]: readonly CelValue[]): number => sizeOf(list)
