import * as client from '@kubernetes/client-node'
import { type ListKeys, listKeys } from './list-keys.ts'

/**
 * The types of the API as data, read from the client library's generated classes: which fields an object may have and what they are.
 * From them come strict decoding, OpenAPI documents and the walk of server-side apply.
 */
export type FieldType =
  | { readonly type: 'string' | 'boolean' | 'any' | 'int-or-string'; readonly format?: string }
  | { readonly type: 'number'; readonly format: string }
  /** `atomic`: it has one owner as a whole (`x-kubernetes-map-type`). */
  | { readonly type: 'model'; readonly model: ModelRef; readonly atomic?: boolean }
  /** Without keys the list is atomic. */
  | { readonly type: 'array'; readonly items: FieldType; readonly keys?: ListKeys }
  | { readonly type: 'map'; readonly values: FieldType; readonly atomic?: boolean }

/** A type with its fields, by their names in JSON. It is data: it may cross threads. */
export interface Model {
  /** As messages name it: `Pod`. */
  readonly name: string
  readonly fields: ReadonlyMap<string, FieldType>
}

/** A built-in type by its name (`V1Pod`), or one that a custom resource brings. */
export type ModelRef = string | Model

interface Attribute {
  readonly baseName: string
  readonly type: string
  readonly format: string
}

const cache = new Map<string, Model | undefined>()

/** What a reference means; undefined for a name that is none. */
export const modelOf = (ref: ModelRef): Model | undefined => (typeof ref === 'string' ? modelNamed(ref) : ref)

/** A built-in type by its name in the client library, e.g. `V1Pod`. */
export function modelNamed(name: string): Model | undefined {
  if (!cache.has(name)) cache.set(name, readModel(name))
  return cache.get(name)
}

function attributesOf(name: string): readonly Attribute[] | undefined {
  const found: unknown = (client as Record<string, unknown>)[name]
  if (typeof found !== 'function' || !('getAttributeTypeMap' in found) || typeof found.getAttributeTypeMap !== 'function') return undefined
  return found.getAttributeTypeMap() as Attribute[]
}

function readModel(name: string): Model | undefined {
  const attributes = attributesOf(name)
  if (!attributes) return undefined
  const fields = new Map<string, FieldType>()
  for (const { baseName, type, format } of attributes) {
    const parsed = parseType(type, format)
    fields.set(baseName, parsed.type === 'array' ? { ...parsed, keys: listKeys(name, baseName) } : parsed)
  }
  return { name: structOf(name), fields }
}

const structOf = (name: string) => /^(?:[A-Z][a-z]+)?V\d(?:(?:alpha|beta)\d)?(.*)$/.exec(name)?.[1] ?? name

function parseType(text: string, format: string): FieldType {
  const array = /^Array<(.*)>$/.exec(text)
  if (array?.[1]) return { type: 'array', items: parseType(array[1], format) }
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(text)
  if (map?.[1]) return { type: 'map', values: parseType(map[1], format) }
  switch (text) {
    case 'string':
      return format ? { type: 'string', format } : { type: 'string' }
    case 'Date':
    case 'V1MicroTime':
      return { type: 'string', format: 'date-time' }
    case 'number':
      return { type: 'number', format }
    case 'boolean':
    case 'any':
      return { type: text }
    case 'IntOrString':
      return { type: 'int-or-string' }
    default:
      // Looked at no further here: some types contain themselves.
      return attributesOf(text) ? { type: 'model', model: text } : { type: 'any' }
  }
}

/** Paths of fields that the model does not have, such as `spec.containers[0].nope`, in order of appearance. */
export function unknownFields(model: ModelRef, value: unknown): string[] {
  const found: string[] = []
  walk({ type: 'model', model }, value, '', found)
  return found
}

function walk(type: FieldType, value: unknown, path: string, found: string[]): void {
  if (value === null || typeof value !== 'object') return
  if (type.type === 'array' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(type.items, item, `${path}[${index}]`, found)
  } else if (type.type === 'map') {
    for (const [key, item] of Object.entries(value)) walk(type.values, item, `${path}.${key}`, found)
  } else if (type.type === 'model' && !Array.isArray(value)) {
    const fields = modelOf(type.model)?.fields
    for (const [key, item] of Object.entries(value)) {
      const field = fields?.get(key)
      const fieldPath = path ? `${path}.${key}` : key
      if (!field) found.push(fieldPath)
      else walk(field, item, fieldPath, found)
    }
  }
}
