import { isDeepStrictEqual } from 'node:util'
import { own } from '../../../../base/own.ts'
import { fieldOf, itemsOf, type JsonSchema } from './json-schema.ts'
import { keyOf } from './list-types.ts'

/** Two states of a value at the same place; `known` says that the old one is the same thing, so that what it was is of meaning. */
export interface Correlated {
  readonly next: unknown
  readonly previous: unknown
  readonly known: boolean
}

/**
 * The states of a value below two objects: fields by name, items of a map list by their keys. Items of other lists are not the same thing from one state to the next
 * (k8s.io/apiserver's CorrelatedObject).
 */
export function correlate(next: unknown, previous: unknown, schema: JsonSchema | undefined, segments: readonly string[]): Correlated {
  let at: JsonSchema | undefined = schema
  let [now, before]: [unknown, unknown] = [next, previous]
  for (const segment of segments) {
    if (Array.isArray(now)) {
      const item: unknown = now[Number(segment)]
      before = at && Array.isArray(before) ? sameItem(item, before, at) : undefined
      now = item
      at = at && itemsOf(at)
    } else {
      now = own(now as Record<string, unknown> | undefined, segment)
      before = typeof before === 'object' && before !== null && !Array.isArray(before) ? own(before as Record<string, unknown>, segment) : undefined
      at = fieldOf(at, segment)
    }
    if (before === undefined) return { next: now, previous: undefined, known: false }
  }
  return { next: now, previous: before, known: true }
}

/** The item of an earlier map list with the same keys. */
export function sameItem(item: unknown, list: readonly unknown[], schema: JsonSchema): unknown {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (schema['x-kubernetes-list-type'] !== 'map' || !isObject(item)) return undefined
  const wanted = keyOf(item, keys)
  return list.find((each) => isObject(each) && isDeepStrictEqual(keyOf(each, keys), wanted))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a value is the same as it was: what is wrong with it was so before, and is no reason to refuse. */
export function isUnchanged(next: unknown, previous: unknown, schema: JsonSchema | undefined, segments: readonly string[]): boolean {
  if (segments[0] === 'apiVersion' || segments[0] === 'kind') return false
  const { next: now, previous: before, known } = correlate(next, previous, schema, segments)
  return known && isDeepStrictEqual(now, before)
}
