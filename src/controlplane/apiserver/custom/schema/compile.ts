import { Ajv, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv'
import { formatNamed, isKnownFormat } from './formats.ts'
import { itemsOf, type JsonSchema, schemasIn, valuesOf } from './json-schema.ts'
import { goPattern } from './patterns.ts'

/** What is compiled of a schema: the errors of a value, empty for one that fits. The errors are its own until it is called again. */
export type Check = (value: unknown) => readonly ErrorObject[]

type Combined = 'allOf' | 'anyOf' | 'oneOf'

// Patterns are Go's, and run in linear time.
const regExp = Object.assign(
  (text: string) => {
    const pattern = goPattern(text)
    return { test: (value: string) => pattern.test(value) }
  },
  { code: 'goPattern' },
)

/** Compiles a structural schema as OpenAPI v3 means it in a CRD. It takes milliseconds, for the largest tens of them: done once, when first needed. */
export function compileSchema(schema: JsonSchema): Check {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    ownProperties: true,
    validateSchema: false,
    addUsedSchema: false,
    // A schema of thousands of fields is compiled as it is read, not optimised in two more passes.
    code: { regExp, optimize: false },
  })
  ajv.addFormat('int32', { type: 'number', validate: (value) => value >= -(2 ** 31) && value < 2 ** 31 })
  ajv.addFormat('int64', { type: 'number', validate: (value) => value >= -(2 ** 63) && value <= 2 ** 63 })
  ajv.addFormat('float', { type: 'number', validate: (value) => Math.abs(value) <= 3.4028234663852886e38 })
  ajv.addFormat('double', true)
  for (const format of formatsIn(schema)) {
    const test = formatNamed(format)
    if (test) ajv.addFormat(format, { type: 'string', validate: test })
  }
  const validate: ValidateFunction = ajv.compile(asAjv(schema))
  return (value) => (validate(value) ? [] : (validate.errors ?? []))
}

function* formatsIn(schema: JsonSchema): Generator<string> {
  for (const { format, type } of schemasIn(schema)) if (format && (type === 'string' || !type)) yield format
}

const numbers = ['multipleOf', 'maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties', 'pattern', 'required', 'enum'] as const

/** The same schema in the dialect of JSON Schema that is compiled. */
function asAjv(schema: JsonSchema): AnySchemaObject {
  const types = typesOf(schema)
  const made: AnySchemaObject = {}
  if (types.length > 0) made.type = schema.nullable ? [...types, 'null'] : types.length === 1 ? types[0] : types
  for (const key of numbers) if (schema[key] !== undefined) made[key] = schema[key]
  if (schema.maximum !== undefined) made[schema.exclusiveMaximum ? 'exclusiveMaximum' : 'maximum'] = schema.maximum
  if (schema.minimum !== undefined) made[schema.exclusiveMinimum ? 'exclusiveMinimum' : 'minimum'] = schema.minimum
  if (schema.format && isKnownFormat(schema.type, schema.format)) made.format = schema.format
  const items = itemsOf(schema)
  if (items) made.items = asAjv(items)
  if (schema.properties) made.properties = mapped(schema.properties)
  const values = valuesOf(schema)
  if (values) made.additionalProperties = asAjv(values)
  for (const key of ['allOf', 'anyOf', 'oneOf'] satisfies Combined[]) if (schema[key]?.length) made[key] = schema[key].map(asAjv)
  if (schema.not) made.not = asAjv(schema.not)
  return made
}

/** With no prototype: a field may be called `__proto__`. */
function mapped(properties: Readonly<Record<string, JsonSchema>>): Record<string, AnySchemaObject> {
  const made: Record<string, AnySchemaObject> = Object.create(null) as Record<string, AnySchemaObject>
  for (const [name, field] of Object.entries(properties)) made[name] = asAjv(field)
  return made
}

/** What JSON types a value may have; any when there is none. */
export function typesOf(schema: JsonSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string']
  return schema.type ? [schema.type] : []
}
