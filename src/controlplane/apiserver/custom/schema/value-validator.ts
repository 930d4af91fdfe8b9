import type { FieldError } from '../../../../kube/validation/field-errors.ts'
import { type Check, compileSchema, type SchemaCompiler } from './compile.ts'
import type { JsonSchema } from './json-schema.ts'
import { withNumbers } from './numbers.ts'
import { isUnchanged } from './ratcheting.ts'
import { fieldErrorsOf } from './validation-errors.ts'

/** Validates values by a schema, which is compiled when the first of them comes. */
export class ValueValidator {
  readonly #schema: JsonSchema
  /** What the values are a part of: `status`; empty for whole objects. */
  readonly #within: string
  readonly #compiler: SchemaCompiler | undefined
  #check: Check | undefined

  /** Those with the same compiler are kept and forgotten together. */
  constructor(schema: JsonSchema, within = '', compiler?: SchemaCompiler) {
    this.#compiler = compiler
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
    this.#check ??= compileSchema(this.#schema, this.#compiler)
    return this.#check(withNumbers(value))
  }
}
