import { isDeepStrictEqual } from 'node:util'
import { writeJson } from '../../json/exact.ts'

/** One cause of a 422, in the shape of `Status.details.causes`. */
export interface FieldError {
  readonly reason:
    | 'FieldValueInvalid'
    | 'FieldValueTypeInvalid'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
  readonly message: string
  readonly field: string
}

/** So many are told of one object; the rest is told when these are mended. */
export const maxFieldErrors = 1000

/** Adds errors up to that many. */
export function append(errors: FieldError[], more: readonly FieldError[]): void {
  for (const error of more) {
    if (errors.length >= maxFieldErrors) return
    errors.push(error)
  }
}

/** The errors of the items of a list, up to that many; `check` is given where the item is. */
export function eachOf<T>(path: string, items: readonly T[] | undefined, check: (at: string, item: T, index: number) => readonly FieldError[]): FieldError[] {
  const errors: FieldError[] = []
  for (const [index, item] of (items ?? []).entries()) {
    if (errors.length >= maxFieldErrors) break
    append(errors, check(`${path}[${index}]`, item, index))
  }
  return errors
}

// A value is shown, not repeated: it may be as long as the body.
const maxShown = 1024
const clipped = (text: string) => (text.length > maxShown ? `${text.slice(0, maxShown)}...` : text)

const shown = (value: unknown) =>
  clipped(typeof value === 'string' ? JSON.stringify(clipped(value)) : typeof value === 'object' ? writeJson(value) : String(value))

export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${shown(value)}: ${detail}`,
  field,
})

/** Of a value that is of another type than its schema says. */
export const typeInvalid = (field: string, value: unknown, detail: string): FieldError => ({
  ...invalid(field, value, detail),
  reason: 'FieldValueTypeInvalid',
})

export const required = (field: string, detail = ''): FieldError => ({
  reason: 'FieldValueRequired',
  message: detail ? `Required value: ${detail}` : 'Required value',
  field,
})

export const notSupported = (field: string, value: unknown, allowed: readonly string[]): FieldError => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${[...allowed]
    .sort()
    .map((item) => JSON.stringify(item))
    .join(', ')}`,
  field,
})

/** For fields whose words are listed as they are written upstream, not by the alphabet. */
export const notSupportedInOrder = (field: string, value: unknown, allowed: readonly string[]): FieldError => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${allowed.map((item) => JSON.stringify(item)).join(', ')}`,
  field,
})

export const duplicate = (field: string, value: unknown): FieldError => ({ reason: 'FieldValueDuplicate', message: `Duplicate value: ${shown(value)}`, field })

export const forbidden = (field: string, detail: string): FieldError => ({ reason: 'FieldValueForbidden', message: `Forbidden: ${detail}`, field })

export const notFound = (field: string, value: unknown): FieldError => ({ reason: 'FieldValueNotFound', message: `Not found: ${shown(value)}`, field })

export const tooLong = (field: string, limit: number): FieldError => ({
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${limit} bytes`,
  field,
})

export const tooMany = (field: string, actual: number, limit: number): FieldError => ({
  reason: 'FieldValueTooMany',
  message: `Too many: ${actual}: must have at most ${limit} item${limit === 1 ? '' : 's'}`,
  field,
})

/** One that may be set once only; the new value is told, `null` when it is gone. */
export const immutable = (field: string, next: unknown, previous: unknown): FieldError[] =>
  isDeepStrictEqual(emptied(next), emptied(previous)) ? [] : [invalid(field, next ?? null, 'field is immutable')]

// Go's semantic equality: no list and an empty one are the same, so is no map.
const emptied = (value: unknown) => (value === null || (typeof value === 'object' && Object.keys(value).length === 0) ? undefined : value)
