import { writeJson } from '../../../json/exact.ts'

/** JSON as Go writes it of a map: keys in order, no fields that are nothing, and `<`, `>`, `&` escaped. Equal texts are equal values, in whatever order their fields came. */
export const canonicalText = (value: unknown): string => writeJson(ordered(value)).replace(/[<>&\u2028\u2029]/g, escaped)

const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, each]) => each !== undefined && each !== null)
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, ordered(each)]))
}
