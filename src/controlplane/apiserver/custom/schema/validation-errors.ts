import type { ErrorObject } from 'ajv'
import { own } from '../../../../base/own.ts'
import { writeJson } from '../../../../json/exact.ts'
import {
  type FieldError,
  invalid,
  maxFieldErrors,
  notSupportedInOrder,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '../../../../kube/validation/field-errors.ts'

/** Where in a value an error is: the names and places down to it, and the path as messages show it (`spec.list[0].a`). */
export interface ErrorPlace {
  readonly segments: readonly string[]
  readonly path: string
}

/** Of an error at this place: whether it is to be left out (ratcheting). */
export type IsForgiven = (place: ErrorPlace) => boolean

/**
 * Errors of a compiled schema in the words, paths and reasons of a kube-apiserver (kube-openapi's validation).
 * `within` is what the value is a part of, such as `status`: its name is in the field, not in the message.
 */
export function fieldErrorsOf(errors: readonly ErrorObject[], root: unknown, within = '', isForgiven: IsForgiven = () => false): FieldError[] {
  const found: FieldError[] = []
  const seen = new Set<string>()
  const add = (error: FieldError) => {
    const key = `${error.field} ${error.message}`
    if (seen.has(key)) return
    seen.add(key)
    found.push(error)
  }
  for (const error of errors) {
    if (found.length >= maxFieldErrors) break
    if (isHidden(error, errors)) continue
    const place = placeOf(error.instancePath, root)
    if (isForgiven(place)) continue
    const made = fieldErrorOf(error, place, within)
    if (made) add(made)
    for (const owner of allOfsAround(error, place, root)) add(noPath(within, `${JSON.stringify(owner)} must validate all the schemas (allOf)`))
  }
  return found
}

/** What alternatives lack is told of the first of them alone, and of none that lies in a `not`. */
function isHidden(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  return all.some(({ keyword, schemaPath, instancePath }) => {
    if (keyword !== 'anyOf' && keyword !== 'oneOf') return false
    return error.schemaPath.startsWith(`${schemaPath}/`) && error.instancePath.startsWith(instancePath) && !error.schemaPath.startsWith(`${schemaPath}/0/`)
  })
}

const unescaped = (token: string) => decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')

function placeOf(pointer: string, root: unknown): ErrorPlace {
  const segments =
    pointer === ''
      ? []
      : pointer
          .slice(1)
          .split('/')
          .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
  return { segments, path: pathOf(segments, root) }
}

function pathOf(segments: readonly string[], root: unknown): string {
  let path = ''
  let value = root
  for (const segment of segments) {
    path += Array.isArray(value) ? `[${segment}]` : path ? `.${segment}` : segment
    value = Array.isArray(value) ? value[Number(segment)] : own(value as Record<string, unknown> | undefined, segment)
  }
  return path
}

/** The paths of the objects whose `allOf` the error is in. */
function* allOfsAround({ schemaPath }: ErrorObject, { segments }: ErrorPlace, root: unknown): Generator<string> {
  if (!schemaPath.includes('/allOf/')) return
  const tokens = schemaPath.split('/').slice(1).map(unescaped)
  let depth = 0
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]
    if (token === 'allOf' && /^\d+$/.test(tokens[index + 1] ?? '')) {
      yield pathOf(segments.slice(0, depth), root)
      index++
    } else if (token === 'anyOf' || token === 'oneOf') index++
    else if (token === 'properties') {
      depth++
      index++
    } else if (token === 'items' || token === 'additionalProperties') depth++
  }
}

function fieldErrorOf(error: ErrorObject, { path }: ErrorPlace, within: string): FieldError | undefined {
  const { keyword, params, data } = error
  const at = fieldAt(within, path)
  const told = (why: string) => `${path} in body ${why}`
  switch (keyword) {
    case 'type':
      return typeError(error, at, path)
    case 'required':
      return required(fieldAt(within, path ? `${path}.${params.missingProperty}` : String(params.missingProperty)))
    case 'enum':
      return notSupportedInOrder(
        at,
        data,
        (params.allowedValues as readonly unknown[]).map((value) => (typeof value === 'string' ? value : writeJson(value))),
      )
    case 'maxLength':
      return tooLong(at, Number(params.limit))
    case 'minLength':
      return invalid(at, data, told(`should be at least ${params.limit} chars long`))
    case 'pattern':
      return invalid(at, data, told(`should match '${params.pattern}'`))
    case 'maximum':
      return invalid(at, data, told(`should be less than or equal to ${params.limit}`))
    case 'exclusiveMaximum':
      return invalid(at, data, told(`should be less than ${params.limit}`))
    case 'minimum':
      return invalid(at, data, told(`should be greater than or equal to ${params.limit}`))
    case 'exclusiveMinimum':
      return invalid(at, data, told(`should be greater than ${params.limit}`))
    case 'multipleOf':
      return invalid(at, data, told(`should be a multiple of ${params.multipleOf}`))
    case 'maxItems':
      return tooMany(at, (data as readonly unknown[]).length, Number(params.limit))
    case 'minItems':
      return invalid(at, (data as readonly unknown[]).length, told(`should have at least ${params.limit} items`))
    case 'maxProperties':
      return tooMany(at, Object.keys(data as object).length, Number(params.limit))
    case 'minProperties':
      return invalid(at, Number(params.limit), told(`should have at least ${params.limit} properties`))
    case 'format':
      return formatError(error, at, path, within)
    case 'anyOf':
      return noPath(within, `${JSON.stringify(path)} must validate at least one schema (anyOf)`)
    case 'oneOf': {
      const passing = (params.passingSchemas as readonly number[] | null) ?? []
      const how = passing.length === 0 ? 'Found none valid' : `Found ${passing.length} valid alternatives`
      return noPath(within, `${JSON.stringify(path)} must validate one and only one schema (oneOf). ${how}`)
    }
    case 'not':
      return noPath(within, `${JSON.stringify(path)} must not validate the schema (not)`)
    default:
      return invalid(at, data, told(error.message ?? 'is invalid'))
  }
}

// A field that is nowhere is written so by Go.
const fieldAt = (within: string, path: string) => (within && path ? `${within}.${path}` : within || path || '<nil>')
const noPath = (within: string, why: string) => invalid(within || '<nil>', '', why)

function typeError({ data, parentSchema }: ErrorObject, at: string, path: string): FieldError {
  const { type, format } = (parentSchema ?? {}) as { type?: string | readonly string[]; format?: string }
  const wanted = (typeof type === 'string' ? [type] : (type ?? [])).filter((name) => name !== 'null')
  // The format is told of values that could have one: a number where a date is wanted.
  const formatted = format !== undefined && data !== null && typeof data !== 'string' && !Array.isArray(data)
  const given = formatted ? (typeof data === 'number' ? (Number.isInteger(data) ? 'int64' : 'double') : '') : typeNameOf(data)
  return typeInvalid(at, given, `${path} in body must be of type ${formatted ? format : wanted.join(',')}: ${JSON.stringify(given)}`)
}

function typeNameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value
}

function formatError({ data, params, parentSchema }: ErrorObject, at: string, path: string, within: string): FieldError {
  const format = String(params.format)
  if (typeof data === 'string') return typeInvalid(at, data, `${path} in body must be of type ${format}: ${JSON.stringify(data)}`)
  const type = String((parentSchema as { type?: unknown } | undefined)?.type)
  return noPath(within, `Checked value must be of type ${type} with format ${format} in ${path}`)
}
