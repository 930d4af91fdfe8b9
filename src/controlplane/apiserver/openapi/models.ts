import * as client from '@kubernetes/client-node'

/**
 * The types of the API as data, read from the client library's generated classes: which fields an object may have and what they are.
 * From them come strict decoding, OpenAPI documents and the walk of server-side apply.
 */
export type FieldType =
  | { readonly type: 'string' | 'boolean' | 'any' | 'int-or-string'; readonly format?: string }
  | { readonly type: 'number'; readonly format: string }
  | { readonly type: 'model'; readonly model: string }
  | { readonly type: 'array'; readonly items: FieldType }
  | { readonly type: 'map'; readonly values: FieldType }

export type Model = ReadonlyMap<string, FieldType>

interface Attribute {
  readonly baseName: string
  readonly type: string
  readonly format: string
}

const cache = new Map<string, Model | undefined>()

/** The fields of a model by its name in the client library, e.g. `V1Pod`. */
export function modelNamed(name: string): Model | undefined {
  if (!cache.has(name)) cache.set(name, readModel(name))
  return cache.get(name)
}

function readModel(name: string): Model | undefined {
  const found: unknown = (client as Record<string, unknown>)[name]
  if (typeof found !== 'function' || !('getAttributeTypeMap' in found) || typeof found.getAttributeTypeMap !== 'function') return undefined
  const attributes = found.getAttributeTypeMap() as Attribute[]
  return new Map(attributes.map((attribute) => [attribute.baseName, parseType(attribute.type, attribute.format)]))
}

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
      return modelNamed(text) ? { type: 'model', model: text } : { type: 'any' }
  }
}

/** Paths of fields that the model does not have, such as `spec.containers[0].nope`, in order of appearance. */
export function unknownFields(model: string, value: unknown): string[] {
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
    const model = modelNamed(type.model)
    for (const [key, item] of Object.entries(value)) {
      const field = model?.get(key)
      const fieldPath = path ? `${path}.${key}` : key
      if (!field) found.push(fieldPath)
      else walk(field, item, fieldPath, found)
    }
  }
}
