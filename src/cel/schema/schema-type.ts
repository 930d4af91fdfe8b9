import {
  bool,
  bytes,
  type CelType,
  double,
  duration,
  dyn,
  int,
  type ListSemantics,
  listOf,
  mapOf,
  type ObjectField,
  string,
  timestamp,
} from '../types/types.ts'
import { fieldName } from './field-name.ts'

/** What of an OpenAPI schema (a structural one, or a built-in kind's) tells the type of a value. */
export interface TypedSchema {
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, TypedSchema>>
  readonly additionalProperties?: boolean | TypedSchema
  readonly items?: TypedSchema
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
}

// Of the root of an object, and of what is a whole object within it.
const metadata: TypedSchema = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } }
const ofResources: Readonly<Record<string, TypedSchema>> = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata }

/**
 * The type of a schema's values in expressions (apiserver/pkg/cel/common/schemas.go): what has no type is `dyn`, fields go by their escaped names.
 * `name` is what messages call it; `root` objects have apiVersion, kind, metadata.name and metadata.generateName. Fields are found out when they are first asked for.
 */
export function schemaType(schema: TypedSchema | undefined, name = 'object', root = false): CelType {
  if (!schema || schema['x-kubernetes-int-or-string']) return dyn
  const whole = root || schema['x-kubernetes-embedded-resource'] === true
  switch (schema.type) {
    case 'object':
      return objectType(schema, name, whole)
    case 'array':
      return schema.items ? listOf(schemaType(schema.items, `${name}.@idx`), semanticsOf(schema)) : dyn
    case 'string':
      return textType(schema.format)
    case 'boolean':
      return bool
    case 'integer':
      return int
    case 'number':
      return double
    default:
      return dyn
  }
}

function textType(format: string | undefined): CelType {
  switch (format) {
    case 'date':
    case 'date-time':
      return timestamp
    case 'duration':
      return duration
    case 'byte':
      return bytes
    default:
      return string
  }
}

function semanticsOf(schema: TypedSchema): ListSemantics | undefined {
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') return { kind: 'set' }
  return type === 'map' ? { kind: 'map', keys: schema['x-kubernetes-list-map-keys'] ?? [] } : undefined
}

function objectType(schema: TypedSchema, name: string, whole: boolean): CelType {
  const { additionalProperties, properties } = schema
  if (additionalProperties && !properties) return mapOf(string, additionalProperties === true ? dyn : schemaType(additionalProperties, `${name}.@elem`))
  const all = whole ? { ...ofResources, ...properties, metadata: mergedMetadata(properties?.metadata) } : properties
  // Unknown fields are kept, so they are there; but an expression cannot name them.
  if (!all) return schema['x-kubernetes-preserve-unknown-fields'] ? dyn : { kind: 'object', name, fields: () => new Map() }
  let fields: ReadonlyMap<string, ObjectField> | undefined
  return {
    kind: 'object',
    name,
    fields() {
      fields ??= new Map(
        Object.entries(all).flatMap(([json, field]): [string, ObjectField][] => {
          const called = fieldName(json)
          return called === undefined ? [] : [[called, { json, type: schemaType(field, `${name}.${json}`) }]]
        }),
      )
      return fields
    },
  }
}

const mergedMetadata = (given: TypedSchema | undefined): TypedSchema => ({
  ...metadata,
  ...given,
  type: 'object',
  properties: { ...given?.properties, ...metadata.properties },
})
