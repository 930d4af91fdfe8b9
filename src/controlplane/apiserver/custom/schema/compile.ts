import { createRequire } from 'node:module'
import type { Ajv, AnySchemaObject, ErrorObject, ValidateFunction } from 'ajv'
import { formatNamed, isKnownFormat } from './formats.ts'
import { itemsOf, type JsonSchema, schemasBelow, valuesOf } from './json-schema.ts'
import { withNumbers } from './numbers.ts'
import { goPattern } from './patterns.ts'

/** What is compiled of a schema: the errors of a value, empty for one that fits. The errors are its own until it is called again. */
export type Check = (value: unknown) => readonly ErrorObject[]

// Patterns are Go's, and run in linear time.
const regExp = Object.assign(
  (text: string) => {
    const pattern = goPattern(text)
    // By their texts the compiler tells them apart.
    return { test: (value: string) => pattern.test(value), toString: () => text }
  },
  { code: 'goPattern' },
)

/**
 * Compiles the parts of schemas. It keeps what it has compiled, so it is as long-lived as the definition that it is for; the library is loaded with the first one that
 * compiles something: most clusters of tests never need it.
 */
export class SchemaCompiler {
  #ajv: Ajv | undefined

  compile(schema: JsonSchema, path: string): ValidateFunction {
    this.#ajv ??= load()
    return this.#ajv.compile(asAjv(schema, path, this))
  }

  /** Makes a format known under the name that it is written with: messages repeat it. */
  format(name: string): string {
    const test = formatNamed(name)
    if (test && this.#ajv && !Object.hasOwn(this.#ajv.formats, name)) this.#ajv.addFormat(name, { type: 'string', validate: test })
    return name
  }
}

function load(): Ajv {
  const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv')
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    ownProperties: true,
    validateSchema: false,
    addUsedSchema: false,
    meta: false,
    // A schema is compiled as it is read, not optimised in two more passes.
    code: { regExp, optimize: false },
  })
  ajv.addFormat('int32', { type: 'number', validate: (value) => value >= -(2 ** 31) && value < 2 ** 31 })
  ajv.addFormat('int64', { type: 'number', validate: (value) => value >= -(2 ** 63) && value <= 2 ** 63 })
  ajv.addFormat('float', { type: 'number', validate: (value) => Math.abs(value) <= 3.4028234663852886e38 })
  ajv.addFormat('double', true)
  ajv.addKeyword({ keyword: later, errors: false, validate: (unit: Unit, value: unknown) => unit.fits(value) })
  return ajv
}

/** Compiles a structural schema as OpenAPI v3 means it in a CRD. Of a large one only what a value comes to is compiled, when one first does: that takes milliseconds. */
export function compileSchema(schema: JsonSchema, compiler = new SchemaCompiler()): Check {
  const unit = new Unit(schema, '#', compiler)
  return (value) => (unit.fits(value) ? [] : unit.errorsOf(value, ''))
}

// The keyword of a part that is compiled when it is needed.
const later = 'x-later'

// A schema within a schema that has more schemas than this in it is a part of its own.
const mostInUnit = 24

/** A part of a schema. */
class Unit {
  readonly #schema: JsonSchema
  readonly #path: string
  readonly #compiler: SchemaCompiler
  #compiled: ValidateFunction | undefined

  /** `path` is where in the whole schema it is. */
  constructor(schema: JsonSchema, path: string, compiler: SchemaCompiler) {
    this.#schema = schema
    this.#path = path
    this.#compiler = compiler
  }

  fits(value: unknown): boolean {
    return this.#validate(value)
  }

  /** The errors of a value that does not fit, as of the whole schema; `at` points to it in the whole value. */
  errorsOf(value: unknown, at: string): readonly ErrorObject[] {
    this.#validate(value)
    return (this.#compiled?.errors ?? []).flatMap((error) => {
      const instancePath = at + error.instancePath
      if (error.keyword === later && error.schema instanceof Unit) return error.schema.errorsOf(error.data, instancePath)
      return [{ ...error, instancePath, schemaPath: this.#path + error.schemaPath.slice(1) }]
    })
  }

  #validate(value: unknown): boolean {
    this.#compiled ??= this.#compiler.compile(this.#schema, this.#path)
    return this.#compiled(value)
  }
}

const sizes = new WeakMap<JsonSchema, number>()

/** How many schemas there are in a schema. */
function sizeOf(schema: JsonSchema): number {
  const known = sizes.get(schema)
  if (known !== undefined) return known
  const size = schemasBelow(schema).reduce((sum, each) => sum + sizeOf(each), 1)
  sizes.set(schema, size)
  return size
}

const copied = ['multipleOf', 'maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties', 'pattern', 'required', 'enum'] as const

/** The same schema in the dialect of JSON Schema that is compiled. */
function asAjv(schema: JsonSchema, path: string, compiler: SchemaCompiler): AnySchemaObject {
  const types = typesOf(schema)
  const made: AnySchemaObject = {}
  if (types.length > 0) made.type = schema.nullable ? [...types, 'null'] : types.length === 1 ? types[0] : types
  for (const key of copied) if (schema[key] !== undefined) made[key] = withNumbers(schema[key])
  if (schema.maximum !== undefined) made[schema.exclusiveMaximum ? 'exclusiveMaximum' : 'maximum'] = withNumbers(schema.maximum)
  if (schema.minimum !== undefined) made[schema.exclusiveMinimum ? 'exclusiveMinimum' : 'minimum'] = withNumbers(schema.minimum)
  if (schema.format && isKnownFormat(schema.type, schema.format)) made.format = compiler.format(schema.format)
  const items = itemsOf(schema)
  if (items) made.items = below(items, `${path}/items`, compiler)
  if (schema.properties) made.properties = propertiesOf(schema.properties, path, compiler)
  const values = valuesOf(schema)
  if (values) made.additionalProperties = below(values, `${path}/additionalProperties`, compiler)
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const)
    if (schema[key]?.length) made[key] = schema[key].map((each, index) => asAjv(each, `${path}/${key}/${index}`, compiler))
  if (schema.not) made.not = asAjv(schema.not, `${path}/not`, compiler)
  return made
}

/** What combines schemas is compiled together, whatever its size: its errors are told apart by their places. */
const below = (schema: JsonSchema, path: string, compiler: SchemaCompiler): AnySchemaObject =>
  sizeOf(schema) > mostInUnit && !/\/(?:allOf|anyOf|oneOf|not)\//.test(path) ? { [later]: new Unit(schema, path, compiler) } : asAjv(schema, path, compiler)

/** With no prototype: a field may be called `__proto__`. */
function propertiesOf(properties: Readonly<Record<string, JsonSchema>>, path: string, compiler: SchemaCompiler): Record<string, AnySchemaObject> {
  const made: Record<string, AnySchemaObject> = Object.create(null) as Record<string, AnySchemaObject>
  for (const [name, field] of Object.entries(properties)) made[name] = below(field, `${path}/properties/${escaped(name)}`, compiler)
  return made
}

// As the compiler writes a name in a path.
const escaped = (name: string) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))

/** What JSON types a value may have; any when there is none. */
export function typesOf(schema: JsonSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string']
  return schema.type ? [schema.type] : []
}
