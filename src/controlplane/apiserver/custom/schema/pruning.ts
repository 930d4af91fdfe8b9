import { putOwn } from '../../../../base/own.ts'
import { itemsOf, type JsonSchema, valuesOf } from './json-schema.ts'

type Json = Record<string, unknown>

/** Told of each field that goes, by its path: `spec.list[0].nope`. */
export type OnUnknown = (path: string) => void

const metaFields = new Set(['apiVersion', 'kind', 'metadata'])

/**
 * A custom resource without what its schema does not name; whole below `x-kubernetes-preserve-unknown-fields`. The metadata of the resource, and of resources within it,
 * is left to `coerceMeta`. What does not change is shared. Rules of apiextensions-apiserver's schema/pruning.
 */
export function prune(object: unknown, schema: JsonSchema | undefined, onUnknown?: OnUnknown): unknown {
  return pruned(object, { ...schema, 'x-kubernetes-embedded-resource': true }, '', onUnknown)
}

/** The same of a value that is no resource, such as a default. */
export function pruneValue(value: unknown, schema: JsonSchema): unknown {
  return pruned(value, schema, '', undefined)
}

function pruned(value: unknown, schema: JsonSchema | undefined, path: string, onUnknown: OnUnknown | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value
  const keeps = schema?.['x-kubernetes-preserve-unknown-fields'] === true
  if (Array.isArray(value)) {
    const items = schema && itemsOf(schema)
    if (keeps && !items) return value
    return mapItems(value, (item, index) => pruned(item, keeps ? { ...items, ...preserving } : items, onUnknown ? `${path}[${index}]` : '', onUnknown))
  }
  return mapFields(value as Json, (key, item) => {
    if (schema?.['x-kubernetes-embedded-resource'] && metaFields.has(key)) return item
    const at = onUnknown ? (path ? `${path}.${key}` : key) : ''
    if (schema?.properties && Object.hasOwn(schema.properties, key)) return pruned(item, schema.properties[key], at, onUnknown)
    if (schema?.additionalProperties !== undefined) return pruned(item, valuesOf(schema), at, onUnknown)
    if (keeps) return item
    if (path !== '' || !metaFields.has(key)) onUnknown?.(at)
    return undefined
  })
}

// Below a list that keeps everything its items do so too.
const preserving = { 'x-kubernetes-preserve-unknown-fields': true } as const

/** The fields of an object, each changed or (undefined) left out; the object itself when all stay as they are. */
export function mapFields(object: Json, change: (key: string, value: unknown) => unknown): Json {
  let changed: Json | undefined
  const keys = Object.keys(object)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string
    const before = object[key]
    const after = change(key, before)
    if (changed) {
      if (after !== undefined) putOwn(changed, key, after)
    } else if (after !== before) {
      changed = {}
      for (let kept = 0; kept < index; kept++) putOwn(changed, keys[kept] as string, object[keys[kept] as string])
      if (after !== undefined) putOwn(changed, key, after)
    }
  }
  return changed ?? object
}

/** The items of a list, each changed; the list itself when all stay as they are. */
export function mapItems(list: readonly unknown[], change: (item: unknown, index: number) => unknown): readonly unknown[] {
  let changed: unknown[] | undefined
  for (let index = 0; index < list.length; index++) {
    const after = change(list[index], index)
    if (!changed && after !== list[index]) changed = list.slice(0, index)
    changed?.push(after)
  }
  return changed ?? list
}
