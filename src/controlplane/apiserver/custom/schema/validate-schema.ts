import { type FieldError, forbidden, invalid } from '../../../../kube/validation/field-errors.ts'
import { validateRules } from '../rules/validate-rules.ts'
import { validateDefaults } from './default-rules.ts'
import { type JsonSchema, schemasIn } from './json-schema.ts'
import { validateOpenApi } from './openapi-rules.ts'
import { validateStructural } from './structural.ts'

// As upstream names them, in Go: what may stand at the root beside a status subresource.
const allowedAtRoot: ReadonlyMap<string, string> = new Map([
  ['description', 'Description'],
  ['type', 'Type'],
  ['format', 'Format'],
  ['title', 'Title'],
  ['maximum', 'Maximum'],
  ['exclusiveMaximum', 'ExclusiveMaximum'],
  ['minimum', 'Minimum'],
  ['exclusiveMinimum', 'ExclusiveMinimum'],
  ['maxLength', 'MaxLength'],
  ['minLength', 'MinLength'],
  ['pattern', 'Pattern'],
  ['maxItems', 'MaxItems'],
  ['minItems', 'MinItems'],
  ['uniqueItems', 'UniqueItems'],
  ['multipleOf', 'MultipleOf'],
  ['required', 'Required'],
  ['items', 'Items'],
  ['properties', 'Properties'],
  ['externalDocs', 'ExternalDocs'],
  ['example', 'Example'],
  ['x-kubernetes-preserve-unknown-fields', 'XPreserveUnknownFields'],
  ['x-kubernetes-validations', 'XValidations'],
])

/** What is wrong with the schema of a custom kind; `path` is its own, `…openAPIV3Schema`. */
export function validateSchema(schema: JsonSchema, path: string, hasStatus: boolean): FieldError[] {
  const errors = hasStatus ? rootErrors(schema, path) : []
  if (schema.nullable) errors.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'))
  const unsupported = firstUnsupported(schema)
  const structural = unsupported ? [] : validateStructural(schema, path)
  errors.push(...(structural.length > 0 || unsupported ? structural : validateDefaults(schema, path)))
  errors.push(...validateOpenApi(schema, path))
  if (errors.length > 0) return errors
  return unsupported ? [invalid(path, '', unsupported)] : validateRules(schema, path)
}

function rootErrors(schema: JsonSchema, path: string): FieldError[] {
  if (schema.type && schema.type !== 'object')
    return [invalid(`${path}.type`, schema.type, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled')]
  const odd = Object.entries(schema).some(([key, value]) => !allowedAtRoot.has(key) && value !== undefined && value !== false && value !== '')
  const names = [...allowedAtRoot.values()].join(' ')
  return odd ? [invalid(path, schema, `only [${names}] fields are allowed at the root of the schema if the status subresource is enabled`)] : []
}

function firstUnsupported(schema: JsonSchema): string | undefined {
  for (const each of schemasIn(schema)) {
    const found = unsupportedIn(each)
    if (found) return found
  }
  return undefined
}

/** What a structural schema cannot be made of. */
function unsupportedIn(schema: JsonSchema): string | undefined {
  if (schema.id) return "OpenAPIV3Schema 'id' is not supported"
  if (schema.$schema) return "OpenAPIV3Schema 'schema' is not supported"
  if (schema.$ref) return "OpenAPIV3Schema '$ref' is not supported"
  for (const key of ['patternProperties', 'dependencies', 'definitions'] as const)
    if (Object.keys(schema[key] ?? {}).length > 0) return `OpenAPIV3Schema '${key}' is not supported`
  if (schema.additionalItems !== undefined) return "OpenAPIV3Schema 'additionalItems' is not supported"
  if (Array.isArray(schema.items)) return "OpenAPIV3Schema 'items' must be a schema, but is an array"
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined"
  return undefined
}
