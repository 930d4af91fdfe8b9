import type { KubeObject } from '../../kube/objects.ts'
import { groupVersion } from '../discovery/served.ts'
import { type FieldType, modelNamed } from '../openapi/models.ts'
import type { ResourceDefinition } from '../resource.ts'
import { badRequest } from './status-errors.ts'

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface DecodeOptions {
  readonly fieldValidation: FieldValidation
  warn(message: string): void
}

/**
 * A client's object as the kind's type has it: unknown fields and nulls are gone, types are right. Returns a new object.
 * Throws a 400 for a wrong type, and for an unknown field when validation is Strict.
 */
export function decodeObject(definition: ResourceDefinition, value: unknown, options: DecodeOptions): KubeObject {
  const { kind, model } = definition
  const apiVersion = groupVersion(definition)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest(`the object provided is unrecognized (must be of type ${kind})`)
  const given = value as KubeObject
  if (given.apiVersion && given.apiVersion !== apiVersion)
    throw badRequest(`the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersion})`)
  if (given.kind && given.kind !== kind) throw badRequest(`the kind in the data (${given.kind}) does not match the expected kind (${kind})`)
  if (!model || !modelNamed(model)) return structuredClone({ ...given, kind, apiVersion })
  const unknown: string[] = []
  let decoded: unknown
  try {
    decoded = decodeValue({ type: 'model', model }, value, '', unknown)
  } catch (error) {
    if (error instanceof WrongType)
      throw badRequest(`${kind} in version ${JSON.stringify(definition.version)} cannot be handled as a ${kind}: ${error.message}`)
    throw error
  }
  const texts = unknown.map((path) => `unknown field ${JSON.stringify(path)}`)
  if (texts.length > 0 && options.fieldValidation === 'Strict')
    throw badRequest(`${kind} in version ${JSON.stringify(definition.version)} cannot be handled as a ${kind}: strict decoding error: ${texts.join(', ')}`)
  if (options.fieldValidation === 'Warn') for (const text of texts) options.warn(text)
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = decoded as KubeObject
  return { kind, apiVersion, ...rest, metadata: rest.metadata ?? {} } as KubeObject
}

class WrongType extends Error {}

// resource.Quantity, which reads numbers too.
const quantities = /(?:^|\.)(?:limits|requests|capacity|allocatable|overhead|hard|used|allocatedResources|podFixed)\.[^.]+$|(?:sizeLimit|divisor)$/

function decodeValue(type: FieldType, value: unknown, path: string, unknown: string[]): unknown {
  switch (type.type) {
    case 'any':
      return value
    case 'string':
      if (typeof value === 'number' && quantities.test(path)) return String(value)
      return checked('string', value, path, 'string')
    case 'boolean':
      return checked('boolean', value, path, 'bool')
    case 'number':
      return checked('number', value, path, type.format || 'float64')
    case 'int-or-string':
      return typeof value === 'number' ? value : checked('string', value, path, 'intstr.IntOrString')
    case 'array':
      if (!Array.isArray(value)) throw wrong(value, path, 'list')
      return value.map((item, index) => (item === null ? item : decodeValue(type.items, item, `${path}[${index}]`, unknown)))
    case 'map':
    case 'model':
      return decodeFields(type, value, path, unknown)
  }
}

function decodeFields(type: FieldType & { type: 'map' | 'model' }, value: unknown, path: string, unknown: string[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(value, path, type.type === 'map' ? 'map' : type.model.replace(/^V\d/, 'v1.'))
  const model = type.type === 'model' ? modelNamed(type.model) : undefined
  const decoded: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const field = type.type === 'map' ? type.values : model?.get(key)
    const at = path ? `${path}.${key}` : key
    if (!field || key === '__proto__') unknown.push(at)
    else if (item !== null && item !== undefined) {
      const inner = decodeValue(field, item, at, unknown)
      // Go's `omitempty`: an empty map or list is none. In a map of the client's own it stays.
      if (type.type === 'map' || !isEmpty(field, inner)) decoded[key] = inner
    }
  }
  return decoded
}

function isEmpty(field: FieldType, value: unknown): boolean {
  return (field.type === 'map' || field.type === 'array') && Object.keys(value as object).length === 0
}

function checked(wanted: 'string' | 'boolean' | 'number', value: unknown, path: string, type: string): unknown {
  if (typeof value === wanted) return value
  throw wrong(value, path, type)
}

function wrong(value: unknown, path: string, type: string): WrongType {
  const given = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return new WrongType(`json: cannot unmarshal ${given} into Go struct field ${path} of type ${type}`)
}
