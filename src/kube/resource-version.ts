/** Whether a resourceVersion is before another. KEP-5504: they are whole numbers and may be compared; what is none is never before. */
export function isBefore(version: string, other: string): boolean {
  if (!decimal.test(version) || !decimal.test(other)) return false
  return version.length === other.length ? version < other : version.length < other.length
}

const decimal = /^[1-9]\d*$/
