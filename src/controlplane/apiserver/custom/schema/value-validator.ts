import type { FieldError } from '../../../../kube/validation/field-errors.ts'
import { type Check, compileSchema } from './compile.ts'
import type { JsonSchema } from './json-schema.ts'
import { isUnchanged } from './ratcheting.ts'
import { fieldErrorsOf } from './validation-errors.ts'

/** Validates values by a schema, which is compiled when the first of them comes. */
export class ValueValidator {
  readonly #schema: JsonSchema
  /** What the values are a part of: `status`; empty for whole objects. */
  readonly #within: string
  #check: Check | undefined

  constructor(schema: JsonSchema, within = '') {
    this.#schema = schema
    this.#within = within
  }

  /** What is wrong with a new value; `within` is where it is, when that is not always the same. */
  validate(value: unknown, within = this.#within): FieldError[] {
    const errors = this.#errors(value)
    return errors.length === 0 ? [] : fieldErrorsOf(errors, value, within)
  }

  /** What is wrong with a changed value; what is as it was is not held against it (ratcheting). */
  validateUpdate(next: unknown, previous: unknown): FieldError[] {
    const errors = this.#errors(next)
    if (errors.length === 0) return []
    return fieldErrorsOf(errors, next, this.#within, ({ segments }) => isUnchanged(next, previous, this.#schema, segments))
  }

  #errors(value: unknown) {
    this.#check ??= compileSchema(this.#schema)
    return this.#check(hasBigint(value) ? withNumbers(value) : value)
  }
}

function hasBigint(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint'
  for (const key in value) if (hasBigint((value as Record<string, unknown>)[key])) return true
  return false
}

/** The compiled code knows numbers alone: of one above 2^53 the nearest is looked at. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(withNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNumbers(item)]))
}
