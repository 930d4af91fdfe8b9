import type { CelType } from '../types/types.ts'
import { parseDuration, parseTimestamp } from './time-text.ts'
import { type CelValue, Duration, Timestamp } from './values.ts'

/** What is read out of JSON as the value that the type says: a whole number is an int unless a double is asked for, a text may be a time. */
export function adapt(raw: unknown, type: CelType): CelValue {
  switch (typeof raw) {
    case 'string':
      return type.kind === 'string' || type.kind === 'dyn' ? raw : textAs(raw, type)
    case 'number':
      return type.kind !== 'double' && Number.isInteger(raw) ? BigInt(raw) : raw
    case 'bigint':
      return type.kind === 'double' ? Number(raw) : raw
    case 'undefined':
      return null
    default:
      return raw as CelValue
  }
}

function textAs(text: string, { kind }: CelType): CelValue {
  switch (kind) {
    case 'timestamp': {
      // A format of `date` has no time.
      const nanos = parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
      return nanos === undefined ? text : new Timestamp(nanos)
    }
    case 'duration': {
      const nanos = parseDuration(text)
      return nanos === undefined ? text : new Duration(nanos)
    }
    case 'bytes':
      return new Uint8Array(Buffer.from(text, 'base64'))
    default:
      return text
  }
}
