import { putOwn } from '../../../../base/own.ts'
import { fieldOf, itemsOf, type JsonSchema, schemasIn, valuesOf } from './json-schema.ts'
import { mapFields, mapItems } from './pruning.ts'

type Json = Record<string, unknown>

/**
 * A value with the defaults of its schema where it says nothing, and without nulls that the schema does not allow. What does not change is shared.
 * Rules of apiextensions-apiserver's schema/defaulting.
 */
export function applyDefaults(value: unknown, schema: JsonSchema | undefined): unknown {
  const bare = withoutNulls(value, schema)
  return schema && hasDefaults(schema) ? defaulted(bare, schema) : bare
}

const known = new WeakMap<JsonSchema, boolean>()

/** Whether anything in the schema has a default: most have none, and need no walk. */
function hasDefaults(schema: JsonSchema): boolean {
  const found = known.get(schema)
  if (found !== undefined) return found
  const items = itemsOf(schema)
  const values = valuesOf(schema)
  const has =
    schema.default !== undefined ||
    Object.values(schema.properties ?? {}).some(hasDefaults) ||
    (items !== undefined && hasDefaults(items)) ||
    (values !== undefined && hasDefaults(values))
  known.set(schema, has)
  return has
}

const refusesNull = (value: unknown, schema: JsonSchema | undefined): schema is JsonSchema => value === null && schema !== undefined && schema.nullable !== true

function withoutNulls(value: unknown, schema: JsonSchema | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = schema && itemsOf(schema)
    return mapItems(value, (item) => withoutNulls(item, items))
  }
  return mapFields(value as Json, (key, item) => {
    const field = fieldOf(schema, key)
    return refusesNull(item, field) && field.default === undefined ? undefined : withoutNulls(item, field)
  })
}

function defaulted(value: unknown, schema: JsonSchema): unknown {
  if (typeof value !== 'object' || value === null || !hasDefaults(schema)) return value
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    return items ? mapItems(value, (item) => defaulted(refusesNull(item, items) ? defaultOf(items) : item, items)) : value
  }
  const object = value as Json
  let filled: Json | undefined
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    if (field.default === undefined || (Object.hasOwn(object, key) && !refusesNull(object[key], field))) continue
    filled ??= { ...object }
    putOwn(filled, key, defaultOf(field))
  }
  return mapFields(filled ?? object, (key, item) => {
    const field = fieldOf(schema, key)
    return field ? defaulted(refusesNull(item, field) ? defaultOf(field) : item, field) : item
  })
}

// A list's item that is null and has no default stays so, and is refused by validation.
const defaultOf = ({ default: value }: JsonSchema): unknown => (value === undefined ? null : typeof value === 'object' ? structuredClone(value) : value)

/** Every schema in it that has a default. */
export const withDefaults = (schema: JsonSchema): readonly JsonSchema[] => [...schemasIn(schema)].filter((each) => each.default !== undefined)
