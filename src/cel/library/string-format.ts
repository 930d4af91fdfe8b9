import { elementAt, entry, keysOf } from '../evaluate/equality.ts'
import { durationText, timestampText } from '../evaluate/time-text.ts'
import { type CelValue, Duration, EvaluationError, isMap, Timestamp, TypeValue, typeName, UInt } from '../evaluate/values.ts'
import { doubleText } from './conversions.ts'

const mostPlaces = 1000

/** `'%s has %d'.format([a, b])`. */
export function formatText(format: string, args: readonly unknown[]): string {
  let next = 0
  const argument = (): CelValue => {
    if (next >= args.length) throw new EvaluationError(`index ${next} out of range`)
    return elementAt(args, next++)
  }
  return format.replace(/%(?:\.(\d+))?(.?)/gs, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%'
    if (verb === '') throw new EvaluationError('unexpected end of string')
    return clause(verb, precision === undefined ? undefined : Math.min(Number(precision), mostPlaces), argument())
  })
}

function clause(verb: string, precision: number | undefined, value: CelValue): string {
  const integer = typeof value === 'bigint' ? value : value instanceof UInt ? value.value : undefined
  const wrong = (what: string) =>
    new EvaluationError(`error during formatting: ${what} clause can only be used on ${allowed[verb] ?? ''}, was given ${typeName(value)}`)
  switch (verb) {
    case 's':
      return shown(value)
    case 'd':
      if (integer !== undefined) return String(integer)
      if (typeof value === 'number' && !Number.isFinite(value)) return doubleText(value)
      throw wrong('decimal')
    case 'f':
      if (typeof value === 'number' || integer !== undefined)
        return Number.isFinite(Number(integer ?? value)) ? Number(integer ?? value).toFixed(Math.min(precision ?? 6, 100)) : shown(value)
      throw wrong('fixed-point')
    case 'e':
      if (typeof value === 'number' || integer !== undefined) return scientific(Number(integer ?? value), precision ?? 6)
      throw wrong('scientific')
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0'
      if (integer !== undefined) return integer.toString(2)
      throw wrong('binary')
    case 'o':
      if (integer !== undefined) return integer.toString(8)
      throw wrong('octal')
    case 'x':
    case 'X': {
      const hex = integer?.toString(16) ?? hexOf(value)
      if (hex === undefined) throw wrong('hex')
      return verb === 'X' ? hex.toUpperCase() : hex
    }
    default:
      throw new EvaluationError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`)
  }
}

const allowed: Readonly<Record<string, string>> = {
  d: 'integers',
  f: 'doubles',
  e: 'doubles',
  b: 'integers and bools',
  o: 'integers',
  x: 'integers, byte buffers, and strings',
  X: 'integers, byte buffers, and strings',
}

function hexOf(value: CelValue): string | undefined {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : undefined
}

function scientific(value: number, places: number): string {
  if (!Number.isFinite(value)) return doubleText(value)
  return value.toExponential(Math.min(places, 100)).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** A value as `%s` writes it. */
export function shown(value: CelValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return doubleText(value).replace('+Inf', 'Infinity').replace('-Inf', '-Infinity')
  if (value === null) return 'null'
  if (value instanceof UInt) return String(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (value instanceof Timestamp) return timestampText(value.nanos)
  if (value instanceof Duration) return durationText(value.nanos)
  if (value instanceof TypeValue) return value.name
  if (Array.isArray(value)) return `[${Array.from(value, (_, index) => shown(elementAt(value, index))).join(', ')}]`
  if (!isMap(value))
    throw new EvaluationError(
      `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeName(value)}`,
    )
  const entries = keysOf(value).map((key): [string, string] => [shown(key), shown(entry(value, key) ?? null)])
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => `${key}: ${text}`)
    .join(', ')}}`
}
