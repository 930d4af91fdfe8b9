import { dyn } from '../types/types.ts'
import { adapt } from './adapt.ts'
import { type CelValue, Duration, isMap, MadeList, OpaqueValue, Optional, Struct, Timestamp, TypeValue, UInt } from './values.ts'

/** An element of a list as a value. */
export const elementAt = (list: readonly unknown[], index: number): CelValue => (list instanceof MadeList ? (list[index] as CelValue) : adapt(list[index], dyn))

/** The keys of a map. */
export function keysOf(map: object): CelValue[] {
  if (map instanceof Map) return [...map.keys()]
  return Object.keys(map).filter((key) => (map as Record<string, unknown>)[key] !== undefined)
}

/** How many entries a map has. */
export const mapSize = (map: object): number => (map instanceof Map ? map.size : keysOf(map).length)

/** The key under which a value is kept in a Map: ints, uints and whole doubles are one. */
export function normalKey(key: CelValue): CelValue {
  if (key instanceof UInt) return key.value
  if (typeof key === 'number' && Number.isInteger(key)) return BigInt(key)
  return key
}

/** A map's value, not yet adapted; undefined when it has none. */
export function rawEntry(map: object, key: CelValue): unknown {
  if (map instanceof Map) return map.get(normalKey(key))
  return typeof key === 'string' && Object.hasOwn(map, key) ? (map as Record<string, unknown>)[key] : undefined
}

/** A map's value. What an expression made holds values already. */
export function entry(map: object, key: CelValue): CelValue | undefined {
  const raw = rawEntry(map, key)
  return raw === undefined || map instanceof Map ? (raw as CelValue | undefined) : adapt(raw, dyn)
}

/** `==` of the language: numbers by value whatever their type, lists and maps by what they hold, values of other types never. */
export function equal(a: CelValue, b: CelValue): boolean {
  if (a === b) return true
  if (typeof a === 'string' || typeof b === 'string' || typeof a === 'boolean' || typeof b === 'boolean' || a === null || b === null) return false
  const [x, y] = [numeric(a), numeric(b)]
  if (x !== undefined || y !== undefined) return x !== undefined && y !== undefined && looselySame(x, y)
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((_, index) => equal(elementAt(a, index), elementAt(b, index)))
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof OpaqueValue) return b instanceof OpaqueValue && a.typeName === b.typeName && a.equals(b)
  if (a instanceof Optional) return b instanceof Optional && sameOptional(a, b)
  if (a instanceof Struct) return b instanceof Struct && a.type === b.type && sameMap(a.fields, b.fields)
  return isMap(a) && isMap(b) && sameMap(a, b)
}

function sameOptional(a: Optional, b: Optional): boolean {
  return a.value === undefined || b.value === undefined ? a.value === b.value : equal(a.value, b.value)
}

function sameMap(a: object, b: object): boolean {
  const keys = keysOf(a)
  if (keys.length !== mapSize(b)) return false
  return keys.every((key) => {
    const other = entry(b, key)
    return other !== undefined && equal(entry(a, key) ?? null, other)
  })
}

const looselySame = (x: bigint | number, y: bigint | number): boolean => (typeof x === typeof y ? x === y : compareNumbers(x, y) === 0)

/** The number in a value, if it is one. */
export function numeric(value: CelValue): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value
  return value instanceof UInt ? value.value : undefined
}

/** Less, equal or greater; undefined when one is no number (NaN). */
export function compareNumbers(x: bigint | number, y: bigint | number): number | undefined {
  if (x < y) return -1
  if (x > y) return 1
  return Number.isNaN(x) || Number.isNaN(y) ? undefined : 0
}

/** Less, equal or greater; undefined when they cannot be compared. */
export function compare(a: CelValue, b: CelValue): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  const [x, y] = [numeric(a), numeric(b)]
  if (x !== undefined && y !== undefined) return compareNumbers(x, y)
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  return undefined
}

// By code points, as Go compares UTF-8; UTF-16 differs only where surrogates come in.
function compareText(a: string, b: string): number {
  if (a === b) return 0
  const surrogates = /[\ud800-\udfff]/
  if (surrogates.test(a) || surrogates.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : 1
}
