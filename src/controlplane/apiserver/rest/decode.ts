import { base64Fault } from '../../../base/base64.ts'
import { own, putOwn } from '../../../base/own.ts'
import { copyJson } from '../../../json/copy.ts'
import { isValueDeeper } from '../../../json/inspect.ts'
import { canonicalQuantity } from '../../../kube/canonical-quantity.ts'
import type { KubeObject, ObjectMeta } from '../../../kube/objects.ts'
import type { FieldType } from '../../../kube/types/model.ts'
import { modelOf } from '../../../kube/types/models.ts'
import { groupVersion } from '../discovery/served.ts'
import type { ResourceDefinition } from '../resource.ts'
import { badRequest } from './status-errors.ts'
import { type Duplicates, StrictErrors } from './strict-errors.ts'

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface DecodeOptions {
  readonly fieldValidation: FieldValidation
  /** What of the body came twice, as its reader found. */
  readonly duplicates?: Duplicates
  warn(message: string): void
}

/** What decoding must know of a kind. */
export type DecodedKind = Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'model' | 'decode'>

// What is kept as it is may be deep; all that walks it later must come back.
const maxDepth = 1000

/**
 * A client's object as the kind's type has it: unknown fields and nulls are gone, types are right. Returns a new object.
 * Throws a 400 for a wrong type, and for an unknown or repeated field when validation is Strict.
 */
export function decodeObject(definition: DecodedKind, value: unknown, options: DecodeOptions): KubeObject {
  const { kind, model } = definition
  const apiVersion = groupVersion(definition)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest(`the object provided is unrecognized (must be of type ${kind})`)
  const given = value as KubeObject
  if (given.apiVersion && given.apiVersion !== apiVersion)
    throw badRequest(`the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersion})`)
  if (given.kind && given.kind !== kind) throw badRequest(`the kind in the data (${given.kind}) does not match the expected kind (${kind})`)
  const failed = (why: string) => badRequest(`${kind} in version ${JSON.stringify(definition.version)} cannot be handled as a ${kind}: ${why}`)
  if (isOpen(definition) && isValueDeeper(given, maxDepth)) throw failed('exceeded max depth')
  if (!definition.decode && (!model || !modelOf(model))) return copyJson({ ...given, kind, apiVersion })
  const strict = new StrictErrors(options)
  let decoded: unknown
  try {
    decoded = definition.decode
      ? definition.decode(given, strict)
      : decodeValue({ type: 'model', model: model ?? '' }, value, { path: '', fields: '', struct: '' }, strict)
  } catch (error) {
    if (error instanceof WrongType) throw failed(error.message)
    throw error
  }
  const { texts } = strict
  if (texts.length > 0 && options.fieldValidation === 'Strict') throw failed(`strict decoding error: ${texts.join(', ')}`)
  if (options.fieldValidation === 'Warn') for (const text of texts) for (const line of warningsOf(text)) options.warn(line)
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = decoded as KubeObject
  return { kind, apiVersion, ...rest, metadata: rest.metadata ?? {} } as KubeObject
}

/** Whether what is kept may be of any depth: what is not known, and schemas within schemas. */
const isOpen = ({ decode, model }: DecodedKind) => decode !== undefined || model === 'apiextensions/v1.CustomResourceDefinition' || !model || !modelOf(model)

const schemaType: FieldType = { type: 'model', model: 'apiextensions/v1.JSONSchemaProps' }

/** The type of a schema's field that is a schema or something else, by what it holds. */
function typeInSchema(key: string, value: unknown): FieldType | undefined {
  const other = key === 'items' ? 'array' : key === 'additionalProperties' || key === 'additionalItems' ? 'boolean' : undefined
  if (other === undefined) return undefined
  if (Array.isArray(value)) return other === 'array' ? { type: 'array', items: schemaType } : undefined
  if (typeof value === 'object') return schemaType
  if (other === 'boolean' && typeof value !== 'boolean') throw new WrongType('boolean or JSON schema expected')
  return other === 'array' ? schemaType : undefined
}

/** Metadata, as every kind has it, at `path`. Throws `WrongType`. */
export const decodeMeta = (metadata: unknown, path: string, strict: StrictErrors): ObjectMeta =>
  decodeValue({ type: 'model', model: 'meta/v1.ObjectMeta' }, metadata, { path, fields: '', struct: 'ObjectMeta' }, strict) as ObjectMeta

/** YAML's faults come together; each is a warning of its own. */
const warningsOf = (text: string) =>
  text.startsWith('yaml: unmarshal errors:')
    ? text
        .split('\n')
        .slice(1)
        .map((line) => line.trim())
    : [text]

/** What a client sent is of another type than its field. */
export class WrongType extends Error {}

/** Where a value is: `spec.containers[0].ports`, the same without places in lists, and the Go struct that has it. */
interface Place {
  readonly path: string
  readonly fields: string
  readonly struct: string | undefined
  /** Among values of a map: a list of resources, of which thousandths are the least. */
  readonly isList?: boolean
}

const quantityWords = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

function decodeValue(type: FieldType, value: unknown, place: Place, strict: StrictErrors): unknown {
  switch (type.type) {
    case 'any':
      if (isValueDeeper(value, maxDepth)) throw new WrongType('exceeded max depth')
      return value
    case 'string':
      if (type.format === 'byte') return decodeBytes(checked('string', value, place, type) as string)
      // resource.Quantity reads numbers too.
      return type.format === 'quantity' ? decodeQuantity(value, place, type) : checked('string', value, place, type)
    case 'boolean':
      return checked('boolean', value, place, type)
    case 'number':
      return checkedNumber(value, place, type)
    case 'int-or-string':
      return typeof value === 'number' ? checkedNumber(value, place, { type: 'number', format: 'int32' }) : checked('string', value, place, type)
    case 'array':
      if (!Array.isArray(value)) throw wrong(value, place, type)
      return value.map((item, index) =>
        // Go leaves what null is put into as it was made: empty.
        item === null ? emptyOf(type.items) : decodeValue(type.items, item, { ...place, path: `${place.path}[${index}]` }, strict),
      )
    case 'map':
    case 'model':
      return decodeFields(type, value, place, strict)
  }
}

function decodeQuantity(value: unknown, place: Place, type: FieldType): unknown {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  checked('string', text, place, type)
  const canonical = canonicalQuantity(text as string, place.isList)
  if (canonical === undefined) throw new WrongType(quantityWords)
  return canonical
}

/** Base64 as Go writes what it has read: without line ends. */
function decodeBytes(text: string): string {
  const fault = base64Fault(text)
  if (fault !== undefined) throw new WrongType(`illegal base64 data at input byte ${fault}`)
  return Buffer.from(text, 'base64').toString('base64')
}

function decodeFields(type: FieldType & { type: 'map' | 'model' }, value: unknown, place: Place, strict: StrictErrors): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(value, place, type)
  const given = value as Readonly<Record<string, unknown>>
  const isMap = type.type === 'map'
  const model = isMap ? undefined : modelOf(type.model)
  const struct = isMap ? place.struct : model?.name
  const decoded: Record<string, unknown> = {}
  for (const key of Object.keys(given)) {
    const item = given[key]
    const field = isMap ? type.values : model?.fields.get(key)
    if (field && !strict.looksForDuplicates && isPlain(field, item)) {
      putOwn(decoded, key, item)
      continue
    }
    const path = place.path ? `${place.path}.${key}` : key
    if (!field) {
      strict.unknown(path)
      continue
    }
    strict.known(path)
    if (item === null && isMap && field.type === 'string') putOwn(decoded, key, field.format === 'quantity' ? '0' : '')
    if (item === null || item === undefined) continue
    const fields = isMap ? place.fields : place.fields ? `${place.fields}.${key}` : key
    const inner = decodeValue((model?.name === 'JSONSchemaProps' && typeInSchema(key, item)) || field, item, { path, fields, struct, isList: isMap }, strict)
    // Go's `omitempty`: an empty map or list is none. In a map of the client's own it stays.
    if (isMap || !isEmpty(field, inner)) putOwn(decoded, key, inner)
  }
  return decoded
}

/** Most of what objects hold: of its type, and taken as it is. Where it lies need not be known. */
function isPlain(field: FieldType, item: unknown): boolean {
  if (typeof item === 'string') return field.type === 'string' && field.format !== 'byte' && field.format !== 'quantity'
  return typeof item === 'boolean' && field.type === 'boolean'
}

function isEmpty(field: FieldType, value: unknown): boolean {
  if (field.type === 'array') return (value as readonly unknown[]).length === 0
  if (field.type !== 'map') return false
  for (const _ in value as object) return false
  return true
}

const isTime = ({ format }: FieldType & { type: 'string' }) => format === 'date-time' || format === 'micro-time'

function emptyOf(type: FieldType): unknown {
  switch (type.type) {
    case 'string':
      return isTime(type) ? null : type.format === 'quantity' ? '0' : ''
    case 'boolean':
      return false
    case 'number':
    case 'int-or-string':
      return 0
    case 'model':
      return {}
    case 'array':
    case 'map':
    case 'any':
      return null
  }
}

function checked(wanted: 'string' | 'boolean', value: unknown, place: Place, type: FieldType): unknown {
  if (typeof value === wanted) return value
  throw wrong(value, place, type)
}

const largest: Readonly<Record<string, bigint>> = { int32: 2n ** 31n - 1n, int64: 2n ** 63n - 1n }

/** A whole number in its range, or with no such format any number. */
function checkedNumber(value: unknown, place: Place, type: FieldType & { type: 'number' }): unknown {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw wrong(value, place, type)
  const limit = own(largest, type.format)
  if (limit === undefined ? Number.isFinite(Number(value)) : isWhole(value) && value <= limit && value >= -limit - 1n) return value
  throw wrong(value, place, type, `number ${String(value).slice(0, 100)}`)
}

const isWhole = (value: number | bigint) => typeof value === 'bigint' || Number.isInteger(value)

/** In the words of sigs.k8s.io/json. */
function wrong(value: unknown, { fields, struct }: Place, type: FieldType, given = typeName(value)): WrongType {
  const target = struct ? `Go struct field ${struct}.${fields}` : 'Go value'
  return new WrongType(`json: cannot unmarshal ${given} into ${target} of type ${goType(type)}`)
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' ? 'number' : typeof value
}

function goType(type: FieldType): string {
  switch (type.type) {
    case 'string':
      if (type.format === 'date-time') return 'v1.Time'
      return type.format === 'micro-time' ? 'v1.MicroTime' : type.format === 'byte' ? '[]uint8' : (type.go ?? 'string')
    case 'boolean':
      return 'bool'
    case 'number':
      return type.format === 'int32' || type.format === 'int64' ? type.format : 'float64'
    case 'int-or-string':
      return 'intstr.IntOrString'
    case 'array':
      return `[]${goType(type.items)}`
    case 'map':
      return `map[string]${goType(type.values)}`
    case 'model':
      return `v1.${modelOf(type.model)?.name}`
    case 'any':
      return 'interface {}'
  }
}
