function hasBigint(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint'
  for (const key in value) if (hasBigint((value as Record<string, unknown>)[key])) return true
  return false
}

/** The same value without bigints: compiled schemas know numbers alone, of one above 2^53 the nearest is looked at. Nearly no value has any, and is answered as it is. */
export const withNumbers = (value: unknown): unknown => (hasBigint(value) ? converted(value) : value)

function converted(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(converted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, converted(item)]))
}
