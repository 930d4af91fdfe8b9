import { parseQuantity } from '../quantity.ts'
import { type FieldError, invalid } from './field-errors.ts'

// Words of k8s.io/apimachinery/pkg/api/validation and pkg/apis/apps/validation.
const isNegative = 'must be greater than or equal to 0'

/** A number that may be 0 and may not be there. */
export const nonNegative = (field: string, value: number | undefined | null): FieldError[] => ((value ?? 0) < 0 ? [invalid(field, value, isNegative)] : [])

/** Several fields of one object. */
export const nonNegativeFields = <T extends object>(path: string, object: T | undefined, fields: readonly (keyof T & string)[]): FieldError[] =>
  fields.flatMap((field) => nonNegative(`${path}.${field}`, object?.[field] as number | undefined))

/** A quantity that may be 0. What is no quantity is refused when it is decoded. */
export const nonNegativeQuantity = (field: string, value: string): FieldError[] =>
  (parseQuantity(value) ?? 0n) < 0n ? [invalid(field, value, isNegative)] : []

/** A count that is `status.replicas` at most. */
export const notMoreThan = (field: string, value: number | undefined, limit: number | undefined, named: string): FieldError[] =>
  (value ?? 0) > (limit ?? 0) ? [invalid(field, value, `cannot be greater than ${named}`)] : []

/** One that only ever grows, such as `status.collisionCount`. */
export const notDecremented = (field: string, next: number | undefined, previous: number | undefined): FieldError[] =>
  previous !== undefined && (next ?? 0) < previous ? [invalid(field, next ?? 0, 'cannot be decremented')] : []

type IntOrString = number | string

const percent = /^[0-9]+%$/
const percentWords = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

/** A whole number or a percentage, of 0 or more. */
export function validateIntOrPercent(field: string, value: IntOrString): FieldError[] {
  if (typeof value === 'number') return nonNegative(field, value)
  return percent.test(value) ? [] : [invalid(field, value, percentWords)]
}

/** The number, or that of the percentage; 0 for what is neither. */
export const numberOrPercent = (value: IntOrString | undefined): number =>
  typeof value === 'string' ? (percent.test(value) ? Number(value.slice(0, -1)) : 0) : (value ?? 0)

/** A percentage of 100 at most; numbers have no bound. */
export const notAboveAll = (field: string, value: IntOrString): FieldError[] =>
  typeof value === 'string' && percent.test(value) && numberOrPercent(value) > 100 ? [invalid(field, value, 'must not be greater than 100%')] : []
