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

/** Parses a resource.Quantity (`100m`, `1.5Gi`, `2e3`) exactly, in billionths, rounded up; undefined when it is none. */
export function parseQuantity(text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text)
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match ?? []
  if (!match || whole + fraction === '') return undefined
  const digits = BigInt(whole + fraction)
  let scale = exponent !== undefined ? unit : (decimal[suffix] ?? (binary[suffix] ?? 1n) * unit)
  let divisor = 10n ** BigInt(fraction.length)
  if (exponent !== undefined && Number(exponent) >= 0) scale *= 10n ** BigInt(exponent)
  else if (exponent !== undefined) divisor *= 10n ** BigInt(-Number(exponent))
  const value = ceilDivide(digits * scale, divisor)
  return sign === '-' ? -value : value
}

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
