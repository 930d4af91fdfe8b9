const decimal: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  '': 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
}
const binary: Readonly<Record<string, bigint>> = { Ki: 2n ** 10n, Mi: 2n ** 20n, Gi: 2n ** 30n, Ti: 2n ** 40n, Pi: 2n ** 50n, Ei: 2n ** 60n }
const unit = 10n ** 9n
/** resource.Quantity is capped at 2^63-1. */
const largest = (2n ** 63n - 1n) * unit

/** Parses a resource.Quantity (`100m`, `1.5Gi`, `2e3`) exactly, in billionths, rounded up, at most 2^63-1; undefined when it is none. */
export function parseQuantity(text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text)
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match ?? []
  if (!match || whole + fraction === '') return undefined
  const value =
    exponent === undefined ? suffixed(whole, fraction, decimal[suffix] ?? (binary[suffix] ?? 1n) * unit) : scientific(whole, fraction, Number(exponent))
  const capped = value > largest ? largest : value
  return sign === '-' ? -capped : capped
}

// What has more digits than these is capped, or is less than a billionth: it need not be worked out.
const mostDigits = 60

function suffixed(whole: string, fraction: string, scale: bigint): bigint {
  const integer = withoutZeros(whole)
  if (integer.length > mostDigits) return largest
  const kept = fraction.slice(0, mostDigits)
  // A rest beyond those digits rounds up, however small it is.
  const rest = /[1-9]/.test(fraction.slice(mostDigits)) ? 1n : 0n
  return ceilDivide(BigInt(integer + kept + (rest ? '1' : '')) * scale, 10n ** BigInt(kept.length + Number(rest)))
}

function scientific(whole: string, fraction: string, exponent: number): bigint {
  const digits = withoutZeros(whole + fraction)
  if (digits === '') return 0n
  // The place of the last digit, counted from the point.
  const place = exponent - fraction.length
  if (digits.length + place > mostDigits) return largest
  if (digits.length + place < -mostDigits) return 1n
  if (digits.length > mostDigits) return suffixedAt(digits.slice(0, mostDigits), place + digits.length - mostDigits, /[1-9]/.test(digits.slice(mostDigits)))
  return suffixedAt(digits, place, false)
}

function suffixedAt(digits: string, place: number, more: boolean): bigint {
  const value = BigInt(digits) + (more ? 1n : 0n)
  return place >= 0 ? value * 10n ** BigInt(place) * unit : ceilDivide(value * unit, 10n ** BigInt(-place))
}

const withoutZeros = (digits: string) => digits.slice(digits.search(/[1-9]|$/))

/** As `parseQuantity`; throws what a user can mend. */
export function quantity(text: string | number): bigint {
  const value = parseQuantity(String(text))
  if (value === undefined) throw new Error(`${JSON.stringify(text)} is not a quantity, such as 500m, 64Mi or 2`)
  return value
}

/** A quantity of bytes (or of anything whole), rounded up. */
export const wholeUnits = (text: string | number): number => Number(ceilDivide(quantity(text), unit))

/** A quantity of CPU in thousandths of a core, rounded up. */
export const milliUnits = (text: string | number): number => Number(ceilDivide(quantity(text), unit / 1000n))

/** How often `divisor` goes into the quantity, rounded up, as the downward API shows it. */
export const divided = (text: string | number, divisor: string | number): string => String(ceilDivide(quantity(text), quantity(divisor)))

const ceilDivide = (a: bigint, b: bigint): bigint => (a > 0n ? (a + b - 1n) / b : a / b)

/** A whole amount as the API writes it: the largest suffix that leaves a whole number, binary (`5Mi`) or decimal (`10k`). Below 1024 both are plain. */
export function formatQuantity(value: number, format: 'binary' | 'decimal'): string {
  const [factor, suffixes] =
    format === 'binary' && Math.abs(value) >= 1024 ? [1024n, ['', ...Object.keys(binary)]] : [1000n, ['', 'k', 'M', 'G', 'T', 'P', 'E']]
  let amount = BigInt(Math.trunc(value))
  let step = 0
  for (; amount !== 0n && amount % factor === 0n && step < suffixes.length - 1; step += 1) amount /= factor
  return `${amount}${suffixes[step]}`
}
