import { isDeepStrictEqual } from 'node:util'
import { own } from '../../../base/own.ts'
import { type FieldSet, ItemPlaces, keyNames, leaf } from './field-set.ts'
import { isBare, isLeaf, namesOf } from './set-operations.ts'

type Json = Record<string, unknown>

/** The leaves of `fields` at which two values differ. */
export function differing(fields: FieldSet, left: unknown, right: unknown): FieldSet {
  const found: FieldSet = {}
  const [leftAt, rightAt] = [childrenOf(left), childrenOf(right)]
  for (const key of Object.keys(fields)) {
    if (key === '.') continue
    const inner = fields[key] as FieldSet
    const [one, other] = [leftAt(key), rightAt(key)]
    if (one === other && one !== undefined) continue
    if (!isBare(inner)) {
      const below = differing(inner, one, other)
      // The thing itself, where it came to be.
      if (inner['.'] && isAbsent(one) && !isAbsent(other)) below['.'] = leaf
      if (!isBare(below)) found[key] = below
    } else if (typeof one === 'string' && typeof other === 'string' ? one !== other : !isDeepStrictEqual(one, other)) found[key] = leaf
  }
  return found
}

const isAbsent = (value: unknown) => value === undefined || value === null

/** The value without the leaves of `gone`; parents that are left empty go too. What is not changed is shared. */
export function withoutFields(value: unknown, gone: FieldSet): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return withoutItems(value, gone)
  const kept: Json = { ...value }
  for (const key of namesOf(gone)) {
    const field = key.slice(2)
    if (!Object.hasOwn(kept, field)) continue
    const below = gone[key] as FieldSet
    const shrunk = isLeaf(below) ? undefined : withoutFields(kept[field], below)
    if (shrunk === undefined || (typeof shrunk === 'object' && shrunk !== null && Object.keys(shrunk).length === 0)) delete kept[field]
    else kept[field] = shrunk
  }
  return kept
}

function withoutItems(list: readonly unknown[], gone: FieldSet): unknown[] {
  const places = new ItemPlaces(list)
  const changed = new Map<number, unknown>()
  const dropped = new Set<number>()
  for (const key of namesOf(gone)) {
    const index = places.of(key)
    if (index === undefined) continue
    const below = gone[key] as FieldSet
    // An item goes with its key field; its other fields go one by one.
    if (isLeaf(below) || keyNames(key)?.some((name) => below[`f:${name}`])) dropped.add(index)
    else changed.set(index, withoutFields(list[index], below))
  }
  return list.flatMap((item, index) => (dropped.has(index) ? [] : [changed.has(index) ? changed.get(index) : item]))
}

function childrenOf(value: unknown): (key: string) => unknown {
  if (Array.isArray(value)) {
    const places = new ItemPlaces(value)
    return (key) => {
      const index = places.of(key)
      return index === undefined ? undefined : (value[index] as unknown)
    }
  }
  if (typeof value !== 'object' || value === null) return () => undefined
  return (key) => own(value as Json, key.slice(2))
}
