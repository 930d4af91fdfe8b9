import { goQuote } from '../../base/go-quote.ts'
import { int64, uint64 } from '../evaluate/arithmetic.ts'
import { readsFirst } from '../evaluate/cost.ts'
import { durationText, firstMoment, lastMoment, parseDuration, parseTimestamp, timestampText } from '../evaluate/time-text.ts'
import { type CelValue, Duration, EvaluationError, Timestamp, TypeValue, typeName, type UInt } from '../evaluate/values.ts'
import { type Overload, overloads } from './definition.ts'

const perSecond = 1_000_000_000n

function whole(text: string, unsigned: boolean): bigint {
  const [name, pattern] = unsigned ? ['ParseUint', /^\d+$/] : ['ParseInt', /^[+-]?\d+$/]
  if (!pattern.test(text)) throw new EvaluationError(`strconv.${name}: parsing ${goQuote(text)}: invalid syntax`)
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text.replace('+', ''))
  if ((unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)) !== value)
    throw new EvaluationError(`strconv.${name}: parsing ${goQuote(text)}: value out of range`)
  return value
}

function truncated(value: number): bigint {
  // What lies at the edge is refused: it may stand for a number beyond it.
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) throw new EvaluationError('integer overflow')
  return BigInt(Math.trunc(value))
}

function truncatedUnsigned(value: number): UInt {
  if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) throw new EvaluationError('unsigned integer overflow')
  return uint64(BigInt(Math.trunc(value)))
}

function floating(text: string): number {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text)
  const special = /^([+-]?)(?:inf|infinity)$/i.exec(text)
  if (special) return special[1] === '-' ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  throw new EvaluationError(`strconv.ParseFloat: parsing ${goQuote(text)}: invalid syntax`)
}

/** A double as Go's `%g` of the shortest form writes it. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 21) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  return String(value)
}

function truth(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false
  throw new EvaluationError(`strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`)
}

function momentOf(text: string): Timestamp {
  const nanos = parseTimestamp(text)
  if (nanos === undefined) throw new EvaluationError(`parsing time ${goQuote(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${goQuote(text)} as "2006"`)
  return checkedMoment(nanos)
}

function checkedMoment(nanos: bigint): Timestamp {
  if (nanos < firstMoment || nanos > lastMoment) throw new EvaluationError('timestamp overflow')
  return new Timestamp(nanos)
}

function spanOf(text: string): Duration {
  const nanos = parseDuration(text)
  if (nanos === undefined) throw new EvaluationError(`time: invalid duration ${goQuote(text)}`)
  return new Duration(nanos)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOfBytes(value: Uint8Array): string {
  try {
    return decoder.decode(value)
  } catch {
    throw new EvaluationError('invalid UTF-8 in bytes, cannot convert to string')
  }
}

const same = (value: CelValue) => value

/** `int(…)`, `string(…)`, `type(…)` and the others. */
export const conversions: Overload[] = [
  ...overloads({
    'int(int): int': same,
    'int(uint): int': ({ value }: UInt) => int64(value),
    'int(double): int': truncated,
    'int(string): int': (text: string) => whole(text, false),
    'int(timestamp): int': ({ nanos }: Timestamp) => (nanos - (((nanos % perSecond) + perSecond) % perSecond)) / perSecond,
    'int(duration): int': ({ nanos }: Duration) => nanos,
    'uint(uint): uint': same,
    'uint(int): uint': (value: bigint) => uint64(value),
    'uint(double): uint': truncatedUnsigned,
    'uint(string): uint': (text: string) => uint64(whole(text, true)),
    'double(double): double': same,
    'double(int): double': (value: bigint) => Number(value),
    'double(uint): double': ({ value }: UInt) => Number(value),
    'double(string): double': floating,
    'bool(bool): bool': same,
    'bool(string): bool': truth,
    'string(string): string': same,
    'string(int): string': (value: bigint) => String(value),
    'string(uint): string': ({ value }: UInt) => String(value),
    'string(double): string': doubleText,
    'string(bool): string': (value: boolean) => String(value),
    'string(timestamp): string': ({ nanos }: Timestamp) => timestampText(nanos),
    'string(duration): string': ({ nanos }: Duration) => durationText(nanos),
    'bytes(bytes): bytes': same,
    'timestamp(timestamp): timestamp': same,
    'timestamp(string): timestamp': momentOf,
    'timestamp(int): timestamp': (seconds: bigint) => checkedMoment(seconds * perSecond),
    'duration(duration): duration': same,
    'duration(string): duration': spanOf,
    'duration(int): duration': (nanos: bigint) => new Duration(nanos),
    'dyn(A): dyn': same,
    'type(A): type<A>': (value: CelValue) => new TypeValue(typeName(value)),
  }),
  ...overloads(
    {
      'string(bytes): string': textOfBytes,
      'bytes(string): bytes': (text: string) => new TextEncoder().encode(text),
    },
    (args) => readsFirst(args),
  ),
]
