import type { FieldType, Model } from '../../../../kube/types/model.ts'
import { itemsOf, type JsonSchema, valuesOf } from './json-schema.ts'

/** Of what a schema does not describe: fields are owned one by one, lists as a whole (structured-merge-diff's deduced type). */
const deduced: FieldType & { type: 'map' } = { type: 'map', values: { type: 'any' } }
Object.assign(deduced, { values: deduced })

/** A custom kind's type for field ownership and server-side apply: its fields, and what of them is a map, a set or atomic. */
export function modelOfSchema(kind: string, schema: JsonSchema | undefined): Model {
  const fields = new Map<string, FieldType>(Object.entries(schema?.properties ?? {}).map(([name, field]) => [name, fieldOf(field)]))
  fields.set('apiVersion', { type: 'string' }).set('kind', { type: 'string' }).set('metadata', { type: 'model', model: 'meta/v1.ObjectMeta' })
  return { name: kind, fields }
}

/** A field with its default, which names an item of a list that says nothing. */
const fieldOf = (schema: JsonSchema): FieldType => ({ ...typeOf(schema), ...(schema.default !== undefined && { default: schema.default }) })

function typeOf(schema: JsonSchema): FieldType {
  if (schema['x-kubernetes-int-or-string']) return { type: 'int-or-string' }
  switch (schema.type) {
    case 'object':
      return objectType(schema)
    case 'array': {
      const items = itemsOf(schema)
      const listType = schema['x-kubernetes-list-type']
      const listMapKeys = schema['x-kubernetes-list-map-keys']
      const keyed = listType === 'map' || listType === 'set'
      return { type: 'array', items: items ? typeOf(items) : deduced, ...(keyed && { keys: { listType, ...(listMapKeys && { listMapKeys }) } }) }
    }
    case 'integer':
      return { type: 'number', format: schema.format ?? 'int64' }
    case 'number':
      return { type: 'number', format: schema.format ?? '' }
    case 'string':
      return { type: 'string' }
    case 'boolean':
      return { type: 'boolean' }
    default:
      return deduced
  }
}

function objectType(schema: JsonSchema): FieldType {
  const whole = schema['x-kubernetes-map-type'] === 'atomic' ? ({ atomic: true } as const) : {}
  const values = valuesOf(schema)
  if (values) return { type: 'map', values: typeOf(values), ...whole }
  if (!schema.properties) return { ...deduced, ...whole }
  const fields = new Map<string, FieldType>(Object.entries(schema.properties).map(([name, field]) => [name, fieldOf(field)]))
  if (schema['x-kubernetes-embedded-resource']) fields.set('metadata', { type: 'model', model: 'meta/v1.ObjectMeta' })
  return { type: 'model', model: { name: '', fields }, ...whole }
}
