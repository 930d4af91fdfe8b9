import { firstMoment, lastMoment } from './time-text.ts'
import { type CelValue, Duration, EvaluationError, Timestamp, UInt } from './values.ts'

const noOverload = () => new EvaluationError('no such overload')

/** An int64, or an error of overflow. */
export function int64(value: bigint, message = 'integer overflow'): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new EvaluationError(message)
  return value
}

export function uint64(value: bigint, message = 'unsigned integer overflow'): UInt {
  if (BigInt.asUintN(64, value) !== value) throw new EvaluationError(message)
  return new UInt(value)
}

const moment = (nanos: bigint): Timestamp => {
  if (nanos < firstMoment || nanos > lastMoment) throw new EvaluationError('timestamp overflow')
  return new Timestamp(nanos)
}
const span = (nanos: bigint): Duration => new Duration(int64(nanos, 'duration overflow'))

export function add(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int64(a + b)
  if (typeof a === 'string' && typeof b === 'string') return a + b
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a instanceof UInt && b instanceof UInt) return uint64(a.value + b.value)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return new Uint8Array(Buffer.concat([a, b]))
  if (a instanceof Timestamp && b instanceof Duration) return moment(a.nanos + b.nanos)
  if (a instanceof Duration && b instanceof Timestamp) return moment(a.nanos + b.nanos)
  if (a instanceof Duration && b instanceof Duration) return span(a.nanos + b.nanos)
  throw noOverload()
}

export function subtract(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int64(a - b)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (a instanceof UInt && b instanceof UInt) return uint64(a.value - b.value)
  if (a instanceof Timestamp && b instanceof Timestamp) return span(a.nanos - b.nanos)
  if (a instanceof Timestamp && b instanceof Duration) return moment(a.nanos - b.nanos)
  if (a instanceof Duration && b instanceof Duration) return span(a.nanos - b.nanos)
  throw noOverload()
}

export function multiply(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int64(a * b)
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (a instanceof UInt && b instanceof UInt) return uint64(a.value * b.value)
  throw noOverload()
}

export function divide(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') return a / b
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (b === 0n) throw new EvaluationError('division by zero')
    return int64(a / b)
  }
  if (!(a instanceof UInt) || !(b instanceof UInt)) throw noOverload()
  if (b.value === 0n) throw new EvaluationError('division by zero')
  return uint64(a.value / b.value)
}

export function remainder(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (b === 0n) throw new EvaluationError('modulus by zero')
    return a % b
  }
  if (!(a instanceof UInt) || !(b instanceof UInt)) throw noOverload()
  if (b.value === 0n) throw new EvaluationError('modulus by zero')
  return uint64(a.value % b.value)
}

export function negate(value: CelValue): CelValue {
  if (typeof value === 'bigint') return int64(-value)
  if (typeof value === 'number') return -value
  throw noOverload()
}
