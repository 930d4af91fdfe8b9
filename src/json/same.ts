type Fields = Readonly<Record<string, unknown>>

/** Whether two values are written as the same JSON, but for the order of fields: one that is undefined is not there. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return sameNumber(a, b)
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b)
  return !Array.isArray(b) && sameFields(a as Fields, b as Fields)
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index += 1) if (!sameJson(a[index], b[index])) return false
  return true
}

function sameFields(a: Fields, b: Fields): boolean {
  let found = 0
  for (const key of Object.keys(a)) {
    const value = a[key]
    if (value === undefined) continue
    if (!Object.hasOwn(b, key) || !sameJson(value, b[key])) return false
    found += 1
  }
  for (const key of Object.keys(b)) if (b[key] !== undefined) found -= 1
  return found === 0
}

/** A whole number that a double holds by chance is one here, and a bigint where it was read. */
const sameNumber = (a: unknown, b: unknown): boolean =>
  (typeof a === 'bigint') !== (typeof b === 'bigint') && isNumber(a) && isNumber(b) && String(a) === String(b)

const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'bigint'
