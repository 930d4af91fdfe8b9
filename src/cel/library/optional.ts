import { mapSize } from '../evaluate/equality.ts'
import { type CelValue, Duration, EvaluationError, isMap, none, Optional, UInt } from '../evaluate/values.ts'
import { dyn, optionalOf } from '../types/types.ts'
import { type Library, overloads } from './definition.ts'

/** The zero value of a type is as good as none. */
function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true
  if (value instanceof UInt) return value.value === 0n
  if (value instanceof Duration) return value.nanos === 0n
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0
  return isMap(value) && mapSize(value) === 0
}

// `or` and `orValue` do not evaluate their argument where there is a value: evaluate/plan.ts carries them out.
const planned = (): CelValue => {
  throw new Error('or and orValue are planned')
}

/** Optional values: `optional.of(x)`, `a.?b.orValue(c)`. */
export const optional: Library = {
  overloads: overloads({
    'optional.of(A): optional<A>': (value: CelValue) => new Optional(value),
    'optional.ofNonZeroValue(A): optional<A>': (value: CelValue) => (isZero(value) ? none : new Optional(value)),
    'optional.none(): optional<A>': () => none,
    'optional<A>.hasValue(): bool': ({ value }: Optional) => value !== undefined,
    'optional<A>.value(): A': ({ value }: Optional) => {
      if (value === undefined) throw new EvaluationError('optional.none() dereference')
      return value
    },
    'optional<A>.or(optional<A>): optional<A>': planned,
    'optional<A>.orValue(A): A': planned,
  }),
  types: { optional_type: optionalOf(dyn) },
}
