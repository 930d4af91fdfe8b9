import { elementAt, entry, keysOf } from './equality.ts'
import { durationText, timestampText } from './time-text.ts'
import { type CelValue, Duration, EvaluationError, isMap, Optional, Struct, Timestamp, typeName, UInt } from './values.ts'

/** A value as JSON. Throws `EvaluationError` for what JSON has not. */
export function toJson(value: CelValue): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value
    throw new EvaluationError(`${value} is not supported in JSON`)
  }
  if (typeof value === 'bigint') return BigInt(Number(value)) === value ? Number(value) : value
  if (value instanceof UInt) return toJson(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Timestamp) return timestampText(value.nanos)
  if (value instanceof Duration) return durationText(value.nanos)
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value)
  if (Array.isArray(value)) return Array.from(value, (_, index) => toJson(elementAt(value, index)))
  if (value instanceof Struct) return Object.fromEntries([...value.fields].map(([name, field]) => [name, toJson(field)]))
  if (!isMap(value)) throw new EvaluationError(`unsupported conversion from '${typeName(value)}' to JSON`)
  return Object.fromEntries(keysOf(value).map((key) => [String(key), toJson(entry(value, key) ?? null)]))
}
