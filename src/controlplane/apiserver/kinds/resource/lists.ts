import { duplicate, eachOf, type FieldError, tooMany } from '../../../../kube/validation/field-errors.ts'

/** A list of so many items at most; one with more is not looked at. */
export function bounded<T>(path: string, items: readonly T[] | undefined, most: number, check: (at: string, item: T) => readonly FieldError[]): FieldError[] {
  const count = items?.length ?? 0
  return count > most ? [tooMany(path, count, most)] : eachOf(path, items, check)
}

/** The same of items that differ by a key. */
export function boundedSet<T>(
  path: string,
  items: readonly T[] | undefined,
  most: number,
  keyOf: (item: T) => string,
  check: (at: string, item: T) => readonly FieldError[],
): FieldError[] {
  const errors = bounded(path, items, most, check)
  if ((items?.length ?? 0) > most) return errors
  const keys = new Set<string>()
  return [
    ...errors,
    ...eachOf(path, items, (at, item) => {
      const key = keyOf(item)
      const again = keys.has(key)
      keys.add(key)
      return again ? [duplicate(at, key)] : []
    }),
  ]
}
