import { type FieldError, forbidden, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import { itemsOf, type JsonSchema, valuesOf } from './json-schema.ts'

/** What is true of a place in a schema, whatever is there. */
interface Around {
  readonly root: boolean
  /** Why there may be no defaults. */
  readonly noDefaults?: string
  readonly inMeta: boolean
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const metaFields = new Set(['metadata', 'kind', 'apiVersion'])

/** What a CRD's schema may not say, in the words and paths of apiextensions' ValidateCustomResourceDefinitionOpenAPISchema; the rules in CEL are looked at elsewhere. */
export function validateOpenApi(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = []
  walk(schema, path, { root: true, inMeta: false }, errors)
  return errors
}

function walk(schema: JsonSchema, path: string, around: Around, errors: FieldError[]): void {
  checkNode(schema, path, around, errors)
  const inner = { ...around, root: false }
  const values = valuesOf(schema)
  const properties = Object.entries(schema.properties ?? {})
  if (schema.additionalProperties !== undefined && properties.length > 0 && schema.additionalProperties !== true)
    errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'))
  if (values)
    walk(
      values,
      `${path}.additionalProperties`,
      around.inMeta ? { ...inner, noDefaults: 'inside additionalProperties applying to object metadata' } : inner,
      errors,
    )
  for (const [name, field] of properties) {
    const isMeta = (around.root || schema['x-kubernetes-embedded-resource'] === true) && metaFields.has(name)
    const below = isMeta ? { ...inner, inMeta: true, ...(around.root && { noDefaults: `in top-level ${name}` }) } : inner
    walk(field, `${path}.properties[${name}]`, below, errors)
  }
  if (schema.not) walk(schema.not, `${path}.not`, inner, errors)
  for (const key of ['allOf', 'oneOf', 'anyOf'] as const)
    for (const [index, each] of (schema[key] ?? []).entries()) walk(each, `${path}.${key}[${index}]`, inner, errors)
  const items = itemsOf(schema)
  if (items) walk(items, `${path}.items`, inner, errors)
  checkExtensions(schema, path, errors)
  checkRules(schema, path, errors)
}

function checkNode(schema: JsonSchema, path: string, { noDefaults, inMeta }: Around, errors: FieldError[]): void {
  const { type } = schema
  if (type && !types.includes(type)) errors.push(notSupportedInOrder(`${path}.type`, type, types))
  if (schema.default !== undefined && noDefaults) errors.push(forbidden(`${path}.default`, `must not be set ${noDefaults}`))
  if (schema.id) errors.push(forbidden(`${path}.id`, 'id is not supported'))
  if (schema.additionalItems !== undefined) errors.push(forbidden(`${path}.additionalItems`, 'additionalItems is not supported'))
  for (const key of ['patternProperties', 'definitions'] as const)
    if (Object.keys(schema[key] ?? {}).length > 0) errors.push(forbidden(`${path}.${key}`, `${key} is not supported`))
  if (schema.dependencies !== undefined) errors.push(forbidden(`${path}.dependencies`, 'dependencies is not supported'))
  if (schema.$ref !== undefined) errors.push(forbidden(`${path}.$ref`, '$ref is not supported'))
  if (type === 'null') errors.push(forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'))
  if (Array.isArray(schema.items)) errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'))
  if (inMeta && schema['x-kubernetes-embedded-resource'])
    errors.push(forbidden(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta'))
  if (schema.uniqueItems) errors.push(forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'))
}

function checkExtensions(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const { type } = schema
  const at = (key: string) => `${path}.${key}`
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(invalid(at('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'))
  const mapType = schema['x-kubernetes-map-type']
  if (mapType !== undefined && type !== 'object') {
    const why = 'must be object if x-kubernetes-map-type is specified'
    errors.push(type ? invalid(at('type'), type, why) : required(at('type'), why))
  }
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular')
    errors.push(notSupportedInOrder(at('x-kubernetes-map-type'), mapType, ['atomic', 'granular']))
  checkListType(schema, path, errors)
  checkMapKeys(schema, path, errors)
}

function checkListType(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const { type } = schema
  const listType = schema['x-kubernetes-list-type']
  const items = itemsOf(schema)
  if (listType !== undefined && type !== 'array') {
    const why = 'must be array if x-kubernetes-list-type is specified'
    errors.push(type ? invalid(`${path}.type`, type, why) : required(`${path}.type`, why))
  } else if (listType === 'set' && items) {
    const why = 'must be atomic as item of a list with x-kubernetes-list-type=set'
    const inner = items['x-kubernetes-list-type']
    if (items.type === 'array' && inner !== undefined && inner !== 'atomic') errors.push(invalid(`${path}.items.x-kubernetes-list-type`, inner, why))
    if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
      errors.push(invalid(`${path}.items.x-kubernetes-map-type`, items['x-kubernetes-list-type'] ?? null, why))
  }
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    errors.push(notSupportedInOrder(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']))
}

function checkMapKeys(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const items = itemsOf(schema)
  if (keys.length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty'
    const at = `${path}.x-kubernetes-list-type`
    errors.push(listType === undefined ? required(at, why) : invalid(at, listType, why))
  }
  if (listType === 'map') {
    if (keys.length === 0) errors.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'))
    if (schema.items === undefined) errors.push(required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'))
    if (schema.items !== undefined && !items)
      errors.push(invalid(`${path}.items`, schema.items, 'must only have a single schema if x-kubernetes-list-type is map'))
    if (items && items.type !== 'object')
      errors.push(invalid(`${path}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map"))
    if (items?.type === 'object') checkKeyFields(keys, items, path, errors)
  }
  if (items && (listType === 'set' || listType === 'map')) checkItemsOfSets(keys, items, listType, path, errors)
}

function checkKeyFields(keys: readonly string[], items: JsonSchema, path: string, errors: FieldError[]): void {
  const seen = new Set<string>()
  for (const key of keys) {
    const field = items.properties && Object.hasOwn(items.properties, key) ? items.properties[key] : undefined
    const at = `${path}.x-kubernetes-list-map-keys`
    if (!field) errors.push(invalid(at, keys, 'entries must all be names of item properties'))
    else if (field.type === 'array' || field.type === 'object')
      errors.push(invalid(`${path}.items.properties[${key}].type`, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"))
    if (seen.has(key)) errors.push(invalid(at, keys, 'must not contain duplicate entries'))
    seen.add(key)
  }
}

function checkItemsOfSets(keys: readonly string[], items: JsonSchema, listType: string, path: string, errors: FieldError[]): void {
  if (items.nullable) errors.push(forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`))
  if (listType !== 'map') return
  for (const key of keys) {
    const field = items.properties && Object.hasOwn(items.properties, key) ? items.properties[key] : undefined
    if (!field) continue
    const at = `${path}.items.properties[${key}]`
    if (!items.required?.includes(key) && field.default === undefined)
      errors.push(required(`${at}.default`, 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'))
    if (field.nullable) errors.push(forbidden(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'))
  }
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']

/** What of a rule can be judged without its expression. */
function checkRules(schema: JsonSchema, path: string, errors: FieldError[]): void {
  for (const [index, { rule = '', message, messageExpression, reason, fieldPath }] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const at = `${path}.x-kubernetes-validations[${index}]`
    if (rule.trim() === '') errors.push(required(`${at}.rule`, 'rule is not specified'))
    else if (message && message.trim() === '') errors.push(invalid(`${at}.message`, message, 'must be non-empty if specified'))
    else if (/[\n\r]/.test(message?.trim() ?? '')) errors.push(invalid(`${at}.message`, message, 'must not contain line breaks'))
    else if (/[\n\r]/.test(rule.trim()) && !message?.trim()) errors.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'))
    if (messageExpression && messageExpression.trim() === '')
      errors.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'))
    if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupportedInOrder(`${at}.reason`, reason, reasons))
    if (fieldPath && fieldPath.trim() === '') errors.push(invalid(`${at}.fieldPath`, fieldPath, 'must be non-empty if specified'))
    if (fieldPath && /[\n\r]/.test(fieldPath)) errors.push(invalid(`${at}.fieldPath`, fieldPath, 'must not contain line breaks'))
    if (fieldPath && !fieldAt(schema, fieldPath)) errors.push(invalid(`${at}.fieldPath`, fieldPath, 'must be a valid path'))
  }
}

/** The names of a path such as `.spec.list['a.b']`; undefined for a text that is none. */
export function namesOfFieldPath(path: string): readonly string[] | undefined {
  const names: string[] = []
  let rest = path
  while (rest) {
    const found = /^\.([a-zA-Z_$][\w$-]*)|^\['((?:[^'\\]|\\.)*)'\]/.exec(rest)
    if (!found) return undefined
    names.push(found[1] ?? (found[2] ?? '').replace(/\\(.)/g, '$1'))
    rest = rest.slice(found[0].length)
  }
  return names.length > 0 ? names : undefined
}

/** The schema that a path of names leads to; undefined when it leads nowhere. */
export function fieldAt(schema: JsonSchema, path: string): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema
  for (const name of namesOfFieldPath(path) ?? ['']) {
    const properties: Readonly<Record<string, JsonSchema>> = at?.properties ?? {}
    at = Object.hasOwn(properties, name) ? properties[name] : at && valuesOf(at)
    if (!at) return undefined
  }
  return at
}
