import { encode } from './codec.ts'
import { bool, double, type Field, int64, message, messages, string, strings, type Table } from './table.ts'

// openapi.v2 of google/gnostic-models: how clients in Go ask for /openapi/v2.
const any = { yaml: string(2) } as const
const namedAny = { name: string(1), value: message(2, any) } as const
const extensions = (no: number) => messages(no, namedAny)

const schema: Record<string, Field> = {
  $ref: string(1),
  format: string(2),
  title: string(3),
  description: string(4),
  default: message(5, any),
  multipleOf: double(6),
  maximum: double(7),
  exclusiveMaximum: bool(8),
  minimum: double(9),
  exclusiveMinimum: bool(10),
  maxLength: int64(11),
  minLength: int64(12),
  pattern: string(13),
  maxItems: int64(14),
  minItems: int64(15),
  uniqueItems: bool(16),
  maxProperties: int64(17),
  minProperties: int64(18),
  required: strings(19),
  enum: messages(20, any),
  type: message(22, { value: strings(1) }),
  vendorExtension: extensions(31),
}
const named: Table = { name: string(1), value: message(2, schema) }
schema.additionalProperties = message(21, { schema: message(1, schema), boolean: bool(2) })
schema.items = message(23, { schema: messages(1, schema) })
schema.allOf = messages(24, schema)
schema.properties = message(25, { additionalProperties: messages(1, named) })

const ofParameter = (numbers: { type: number; format: number; uniqueItems: number }): Table => ({
  required: bool(1),
  in: string(2),
  description: string(3),
  name: string(4),
  type: string(numbers.type),
  uniqueItems: bool(numbers.uniqueItems),
})
const parameter: Table = {
  body: message(1, { description: string(1), name: string(2), in: string(3), required: bool(4), schema: message(5, schema) }),
  other: message(2, {
    query: message(3, ofParameter({ type: 6, format: 7, uniqueItems: 20 })),
    path: message(4, ofParameter({ type: 5, format: 6, uniqueItems: 18 })),
  }),
}
const response: Table = { response: message(1, { description: string(1), schema: message(2, { schema: message(1, schema) }) }) }
const operation: Table = {
  tags: strings(1),
  description: string(3),
  operationId: string(5),
  produces: strings(6),
  consumes: strings(7),
  parameters: messages(8, { parameter: message(1, parameter) }),
  responses: message(9, { responseCode: messages(1, { name: string(1), value: message(2, response) }) }),
  vendorExtension: extensions(13),
}
const pathItem: Table = {
  get: message(2, operation),
  put: message(3, operation),
  post: message(4, operation),
  delete: message(5, operation),
  patch: message(8, operation),
}

/** openapi.v2.Document. */
export const swaggerDocument: Table = {
  swagger: string(1),
  info: message(2, { title: string(1), version: string(2) }),
  paths: message(8, { path: messages(2, { name: string(1), value: message(2, pathItem) }) }),
  definitions: message(9, { additionalProperties: messages(1, named) }),
}

type Json = Readonly<Record<string, unknown>>

/** A Swagger 2.0 document, as JSON has it, in the encoding of gnostic. */
export function encodeSwagger(document: Json): Buffer {
  const value = {
    swagger: document.swagger,
    info: document.info,
    paths: { path: namedEach(document.paths, (item) => each(item as Json, operationOf)) },
    definitions: { additionalProperties: namedEach(document.definitions, schemaOf) },
  }
  return encode(swaggerDocument, value as never)
}

const each = (from: Json, make: (value: Json) => Json): Json => Object.fromEntries(Object.entries(from).map(([key, value]) => [key, make(value as Json)]))
const namedEach = (from: unknown, make: (value: Json) => Json): Json[] =>
  Object.entries((from ?? {}) as Json).map(([name, value]) => ({ name, value: make(value as Json) }))
const anyOf = (value: unknown): Json => ({ yaml: JSON.stringify(value) })
const extensionsOf = (from: Json): Json[] => Object.entries(from).flatMap(([name, value]) => (name.startsWith('x-') ? [{ name, value: anyOf(value) }] : []))

function schemaOf(from: Json): Json {
  const { default: given, enum: values, type, items, allOf, properties, additionalProperties: other, ...rest } = from
  return {
    ...rest,
    ...(given !== undefined && { default: anyOf(given) }),
    ...(Array.isArray(values) && { enum: values.map(anyOf) }),
    ...(type !== undefined && { type: { value: [type] } }),
    ...(items !== undefined && { items: { schema: [schemaOf(items as Json)] } }),
    ...(Array.isArray(allOf) && { allOf: allOf.map((part) => schemaOf(part as Json)) }),
    ...(properties !== undefined && { properties: { additionalProperties: namedEach(properties, schemaOf) } }),
    ...(other !== undefined && { additionalProperties: typeof other === 'boolean' ? { boolean: other } : { schema: schemaOf(other as Json) } }),
    vendorExtension: extensionsOf(from),
  }
}

function operationOf(from: Json): Json {
  const { parameters, responses, ...rest } = from
  return {
    ...rest,
    parameters: ((parameters ?? []) as readonly Json[]).map((given) => ({ parameter: parameterOf(given) })),
    responses: {
      responseCode: namedEach(responses, ({ schema: answered, ...said }) => ({
        response: { ...said, ...(answered !== undefined && { schema: { schema: schemaOf(answered as Json) } }) },
      })),
    },
    vendorExtension: extensionsOf(from),
  }
}

function parameterOf(given: Json): Json {
  if (given.in === 'body') return { body: { ...given, schema: schemaOf(given.schema as Json) } }
  return { other: given.in === 'path' ? { path: given } : { query: given } }
}
