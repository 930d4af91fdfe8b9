import { isDeepStrictEqual } from 'node:util'
import { type FieldError, forbidden, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { itemsOf, type JsonSchema, valuesOf } from './json-schema.ts'
import { patternFault } from './patterns.ts'

type Level = 'root' | 'item' | 'field'

const intOrString: readonly JsonSchema[] = [{ type: 'integer' }, { type: 'string' }]
const kept = (schema: JsonSchema, key: `x-kubernetes-${string}` & keyof JsonSchema) => schema[key] === true

/**
 * What keeps a schema from being structural, in the order of their texts: everything that is said of a value must say of what type it is, and what combines schemas
 * only narrows what is said outside (apiextensions-apiserver's schema/validation and schema/complete).
 */
export function validateStructural(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = []
  checkInvariants(schema, 'root', path, errors)
  checkCombined(schema, (inner, at) => checkComplete(inner, schema, path, at, errors), path)
  const textOf = ({ field, message }: FieldError) => `${field}: ${message}`
  return errors.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
}

/** Each schema that narrows this one. */
function checkCombined({ allOf, anyOf, oneOf, not }: JsonSchema, check: (inner: JsonSchema, path: string) => void, path: string): void {
  if (not) check(not, `${path}.not`)
  for (const [index, each] of (allOf ?? []).entries()) check(each, `${path}.allOf[${index}]`)
  for (const [index, each] of (anyOf ?? []).entries()) check(each, `${path}.anyOf[${index}]`)
  for (const [index, each] of (oneOf ?? []).entries()) check(each, `${path}.oneOf[${index}]`)
}

function checkInvariants(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const items = itemsOf(schema)
  const values = valuesOf(schema)
  if (schema.type === 'array' && !items) errors.push(required(`${path}.items`, 'must be specified'))
  if (items) checkInvariants(items, 'item', `${path}.items`, errors)
  for (const [name, field] of Object.entries(schema.properties ?? {})) checkInvariants(field, 'field', `${path}.properties[${name}]`, errors)
  if (schema.additionalProperties !== undefined && level === 'root') errors.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'))
  if (values) checkInvariants(values, 'field', `${path}.additionalProperties`, errors)
  checkExtensions(schema, path, errors)
  const { allOf } = schema
  const skipsFirst = allOf !== undefined && allOf.length >= 1 && isDeepStrictEqual(allOf[0]?.anyOf, intOrString)
  checkValue(schema, isDeepStrictEqual(schema.anyOf, intOrString), skipsFirst, path, errors)
  checkType(schema, level, path, errors)
  checkResource(schema, level, path, errors)
}

function checkExtensions(schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (!kept(schema, 'x-kubernetes-int-or-string')) return
  for (const key of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    if (kept(schema, key)) errors.push(invalid(`${path}.${key}`, true, 'must be false if x-kubernetes-int-or-string is true'))
}

const emptyType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

function checkType(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const at = `${path}.type`
  const embedded = kept(schema, 'x-kubernetes-embedded-resource')
  if (embedded && schema.type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true'
    errors.push(schema.type ? invalid(at, schema.type, why) : required(at, why))
  } else if (!schema.type && !kept(schema, 'x-kubernetes-int-or-string') && !kept(schema, 'x-kubernetes-preserve-unknown-fields'))
    errors.push(required(at, emptyType[level]))
  if (embedded && schema.additionalProperties !== undefined)
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'))
  if (level === 'root' && schema.type && schema.type !== 'object') errors.push(invalid(at, schema.type, 'must be object at the root'))
}

function checkResource(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const embedded = kept(schema, 'x-kubernetes-embedded-resource')
  const isResource = level === 'root' || embedded
  for (const name of ['kind', 'apiVersion'] as const) {
    const field = schema.properties?.[name]
    if (isResource && field && field.type !== 'string') errors.push(invalid(`${path}.properties[${name}].type`, field.type ?? '', 'must be string'))
  }
  const metadata = schema.properties?.metadata
  const at = `${path}.properties[metadata]`
  if (metadata && isResource && metadata.type !== 'object') errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'))
  if (metadata && level === 'root') {
    const { type: _type, default: _default, properties, ...rest } = metadata
    const onlyNames = Object.keys(properties ?? {}).every((name) => name === 'name' || name === 'generateName')
    if (!onlyNames || Object.values(rest).some((value) => value !== undefined))
      errors.push(forbidden(at, 'must not specify anything other than name and generateName, but metadata is implicitly specified'))
  }
  if (embedded && !kept(schema, 'x-kubernetes-preserve-unknown-fields') && Object.keys(schema.properties ?? {}).length === 0)
    errors.push(required(`${path}.properties`, 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'))
}

function checkValue(schema: JsonSchema, skipsAnyOf: boolean, skipsFirstAllOf: boolean, path: string, errors: FieldError[]): void {
  const { anyOf, allOf, oneOf, not, pattern } = schema
  if (!skipsAnyOf) for (const [index, each] of (anyOf ?? []).entries()) checkNested(each, false, `${path}.anyOf[${index}]`, errors)
  for (const [index, each] of (allOf ?? []).entries()) checkNested(each, skipsFirstAllOf && index === 0, `${path}.allOf[${index}]`, errors)
  for (const [index, each] of (oneOf ?? []).entries()) checkNested(each, false, `${path}.oneOf[${index}]`, errors)
  if (not) checkNested(not, false, `${path}.not`, errors)
  const fault = pattern ? patternFault(pattern) : undefined
  if (fault) errors.push(invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${fault}`))
}

const emptyWhenNested = ['type', 'title', 'description'] as const
const falseWhenNested = ['nullable', 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string'] as const
const undefinedWhenNested = ['additionalProperties', 'default', 'x-kubernetes-list-type', 'x-kubernetes-map-type'] as const
const noneWhenNested = ['x-kubernetes-list-map-keys', 'x-kubernetes-validations'] as const

/** A schema within a combination only narrows. */
function checkNested(schema: JsonSchema, skipsAnyOf: boolean, path: string, errors: FieldError[]): void {
  checkValue(schema, skipsAnyOf, false, path, errors)
  const items = itemsOf(schema)
  if (items) checkNested(items, false, `${path}.items`, errors)
  for (const [name, field] of Object.entries(schema.properties ?? {})) checkNested(field, false, `${path}.properties[${name}]`, errors)
  for (const key of emptyWhenNested) if (schema[key]) errors.push(forbidden(`${path}.${key}`, 'must be empty to be structural'))
  for (const key of undefinedWhenNested)
    if (schema[key] !== undefined && !(key === 'additionalProperties' && schema[key] === false))
      errors.push(forbidden(`${path}.${key}`, 'must be undefined to be structural'))
  for (const key of falseWhenNested) if (schema[key]) errors.push(forbidden(`${path}.${key}`, 'must be false to be structural'))
  for (const key of noneWhenNested) if (schema[key]?.length) errors.push(forbidden(`${path}.${key}`, 'must be empty to be structural'))
  if (schema.properties && Object.hasOwn(schema.properties, 'metadata'))
    errors.push(forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'))
}

/** What is said in a combination must be of fields that are there outside of it too. */
function checkComplete(nested: JsonSchema, outside: JsonSchema | undefined, path: string, at: string, errors: FieldError[]): void {
  if (!outside) return void errors.push(required(path, `because it is defined in ${at}`))
  checkCombined(nested, (inner, below) => checkComplete(inner, outside, path, below, errors), at)
  const items = itemsOf(nested)
  if (items) checkComplete(items, itemsOf(outside), `${path}.items`, `${at}.items`, errors)
  for (const [name, field] of Object.entries(nested.properties ?? {})) {
    const there = outside.properties && Object.hasOwn(outside.properties, name) ? outside.properties[name] : undefined
    checkComplete(field, there, `${path}.properties[${name}]`, `${at}.properties[${name}]`, errors)
  }
}
