import { itemsOf, type JsonSchema, valuesOf } from './schema/json-schema.ts'

type Json = Record<string, unknown>

const apiVersionWords = 'APIVersion defines the versioned schema of this representation of an object.'
const kindWords = 'Kind is a string value representing the REST resource this object represents.'

/**
 * A custom kind's schema as the server publishes it: with the fields that every object has. `metadataRef` is where the type of metadata is described.
 * (apiextensions-apiserver's controller/openapi/builder.)
 */
export function publishedSchema(schema: JsonSchema, metadataRef: Json): Json {
  const { properties, ...rest } = published(schema) as Json & { properties?: Json }
  const standard = {
    apiVersion: { description: apiVersionWords, type: 'string' },
    kind: { description: kindWords, type: 'string' },
    metadata: { description: "Standard object's metadata.", ...metadataRef },
  }
  // What is not described at all is shown so: a client then checks nothing of it.
  return { ...rest, type: 'object', properties: { ...properties, ...standard } }
}

/** The same schema for readers of OpenAPI v3: what they cannot read is left out. */
function published(schema: JsonSchema): Json {
  const { properties, items: _i, additionalProperties, allOf, anyOf, oneOf, not, ...rest } = schema
  const items = itemsOf(schema)
  const values = valuesOf(schema)
  return {
    ...rest,
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, published(field)])) }),
    ...(items && { items: published(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: values ? published(values) : additionalProperties }),
    ...(allOf && { allOf: allOf.map(published) }),
    ...(anyOf && { anyOf: anyOf.map(published) }),
    ...(oneOf && { oneOf: oneOf.map(published) }),
    ...(not && { not: published(not) }),
  }
}
