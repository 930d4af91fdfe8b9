import { writeJson } from '../../../../json/exact.ts'
import { duplicate, type FieldError, invalid, maxFieldErrors } from '../../../../kube/validation/field-errors.ts'
import { itemsOf, type JsonSchema, schemasIn, valuesOf } from './json-schema.ts'

type Json = Readonly<Record<string, unknown>>

const known = new WeakMap<JsonSchema, boolean>()

/** Most schemas have no such list: then nothing is walked. */
function hasListTypes(schema: JsonSchema): boolean {
  const found = known.get(schema) ?? [...schemasIn(schema)].some(({ 'x-kubernetes-list-type': type }) => type === 'set' || type === 'map')
  known.set(schema, found)
  return found
}

/** Items that come twice in lists of type `set` and `map` (apiextensions-apiserver's schema/listtype). */
export function validateListTypes(object: unknown, schema: JsonSchema | undefined): FieldError[] {
  const errors: FieldError[] = []
  if (schema && hasListTypes(schema)) walk(object, schema, '', errors)
  return errors
}

function walk(value: unknown, schema: JsonSchema | undefined, path: string, errors: FieldError[]): void {
  if (!schema || typeof value !== 'object' || value === null || errors.length >= maxFieldErrors) return
  if (Array.isArray(value)) {
    checkList(value, schema, path, errors)
    const items = itemsOf(schema)
    if (items) for (const [index, item] of value.entries()) walk(item, items, `${path}[${index}]`, errors)
    return
  }
  const values = valuesOf(schema)
  for (const [key, item] of Object.entries(value)) {
    if (values) walk(item, values, `${path}[${key}]`, errors)
    if (schema.properties && Object.hasOwn(schema.properties, key)) walk(item, schema.properties[key], path ? `${path}.${key}` : key, errors)
  }
}

function checkList(list: readonly unknown[], schema: JsonSchema, path: string, errors: FieldError[]): void {
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') for (const index of repeated(list)) errors.push(duplicate(`${path}[${index}]`, list[index]))
  if (type !== 'map') return
  const odd = list.findIndex((item) => item !== null && (typeof item !== 'object' || Array.isArray(item)))
  if (odd >= 0) return void errors.push(invalid(`${path}[${odd}]`, list[odd], 'must be an object for an array of list-type map'))
  const keys = list.map((item) => keyOf(item as Json | null, schema['x-kubernetes-list-map-keys'] ?? []))
  for (const index of repeated(keys)) errors.push(duplicate(`${path}[${index}]`, keys[index]))
}

/** The fields of an item of a map list that name it; those that it does not have are left out. */
export const keyOf = (item: Json | null, names: readonly string[]): Json =>
  Object.fromEntries([...names].sort().flatMap((name) => (item && Object.hasOwn(item, name) ? [[name, item[name]]] : [])))

/** Where an item comes the second time. */
function repeated(list: readonly unknown[]): number[] {
  const seen = new Map<string, number>()
  const found: number[] = []
  for (const [index, item] of list.entries()) {
    const text = writeJson(sorted(item))
    const times = seen.get(text) ?? 0
    seen.set(text, times + 1)
    if (times === 1) found.push(index)
  }
  return found
}

/** With the fields of every object in order, as Go writes a map. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
