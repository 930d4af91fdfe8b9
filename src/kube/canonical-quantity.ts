import { parseQuantity } from './quantity.ts'

const unit = 10n ** 9n
const milli = 10n ** 6n
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/**
 * A resource.Quantity as the API server writes it: `0.5` is `500m`, `1024Mi` is `1Gi`; what is in such a form already stays. Lists of resources are rounded up to
 * thousandths (`toMilli`). Undefined for what is no quantity.
 */
export function canonicalQuantity(text: string, toMilli = false): string | undefined {
  const parsed = parseQuantity(text)
  if (parsed === undefined) return undefined
  const [, whole = '', fraction = '', exponent, suffix = ''] = /^[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+)|(\w*))$/.exec(text) ?? []
  const rounded = toMilli && parsed % milli !== 0n
  const value = rounded ? awayFromZero(parsed) : parsed
  const binary = suffix.endsWith('i')
  if (!rounded && isKept(whole, fraction, binary, exponent === undefined ? suffix : Number(exponent))) return text
  if (value === 0n) return '0'
  // Less than 1024, or no whole number, is never written in powers of two.
  if (binary && value % unit === 0n && abs(value) >= 1024n * unit) return withSuffix(value / unit, 1024n, binarySuffixes)
  if (exponent === undefined) return withSuffix(value, 1000n, decimalSuffixes)
  return withSuffix(
    value,
    1000n,
    decimalSuffixes.map((_, index) => (index === 3 ? '' : `e${(index - 3) * 3}`)),
  )
}

const abs = (value: bigint) => (value < 0n ? -value : value)
const awayFromZero = (value: bigint) => (value / milli + (value < 0n ? -1n : 1n)) * milli

/** Where Go's parser keeps the text that it has read. */
function isKept(whole: string, fraction: string, binary: boolean, suffix: string | number): boolean {
  const digits = whole.replace(/^0+(?=\d)/, '') + fraction
  if (digits.length > 15) return false
  if (binary) return fraction === '' && (BigInt(digits || '0') & 7n) !== 0n
  const scale = (typeof suffix === 'number' ? suffix : (decimalSuffixes.indexOf(suffix) - 3) * 3) - fraction.length
  return scale >= -9 && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
}

function withSuffix(value: bigint, base: bigint, suffixes: readonly string[]): string {
  let [number, at] = [value, 0]
  while (number % base === 0n && at < suffixes.length - 1) {
    number /= base
    at += 1
  }
  return `${number}${suffixes[at]}`
}
