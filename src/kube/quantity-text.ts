import { quantity } from './quantity.ts'

/** How a resource.Quantity was written, which sums keep: `1Gi`, `1G`, `1e9`. */
export type QuantityFormat = 'binary' | 'decimal' | 'exponent'

/** A quantity in billionths, and how to write it. */
export interface Quantity {
  readonly value: bigint
  readonly format: QuantityFormat
}

const unit = 10n ** 9n

/** Reads one as Go does; throws what a user can mend. */
export function readQuantity(text: string | number): Quantity {
  const written = String(text)
  return { value: quantity(written), format: /i$/.test(written) ? 'binary' : /[eE][+-]?\d/.test(written) ? 'exponent' : 'decimal' }
}

/** The sum, written as the first is unless that is nothing. */
export const plus = (a: Quantity, b: Quantity): Quantity => ({ value: a.value + b.value, format: a.value === 0n ? b.format : a.format })
/** The difference, likewise. */
export const minus = (a: Quantity, b: Quantity): Quantity => ({ value: a.value - b.value, format: a.value === 0n ? b.format : a.format })

/** As Go's `Quantity.String()`: the largest suffix that leaves a whole number. */
export function quantityText({ value, format }: Quantity): string {
  if (value === 0n) return '0'
  const whole = value % unit === 0n
  const size = value < 0n ? -value : value
  if (format === 'binary' && whole && size >= 1024n * unit) return scaled(value / unit, 1024n, ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'])
  if (format === 'exponent') {
    const [digits, steps] = thousands(value)
    return steps === 3 ? String(digits) : `${digits}e${steps * 3 - 9}`
  }
  return scaled(value, 1000n, ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'])
}

function scaled(value: bigint, factor: bigint, suffixes: readonly string[]): string {
  let amount = value
  let step = 0
  for (; amount % factor === 0n && step < suffixes.length - 1; step += 1) amount /= factor
  return `${amount}${suffixes[step]}`
}

function thousands(value: bigint): readonly [digits: bigint, steps: number] {
  let amount = value
  let steps = 0
  for (; amount % 1000n === 0n; steps += 1) amount /= 1000n
  return [amount, steps]
}
