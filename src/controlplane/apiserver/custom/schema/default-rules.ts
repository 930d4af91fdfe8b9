import { isDeepStrictEqual } from 'node:util'
import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'
import { RuleSet } from '../rules/rule-set.ts'
import { itemsOf, type JsonSchema } from './json-schema.ts'
import { pruneValue } from './pruning.ts'
import { ValueValidator } from './value-validator.ts'

/** Defaults must fit the schema that they are of, and have no fields that it does not know (apiextensions-apiserver's schema/defaulting/validation). */
export function validateDefaults(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = []
  walk(schema, path, errors)
  return errors
}

// What is within additionalProperties may have none that count.
function walk(schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (schema.default !== undefined) checkDefault(schema, schema.default, `${path}.default`, errors)
  const items = itemsOf(schema)
  if (items) walk(items, `${path}.items`, errors)
  for (const [name, field] of Object.entries(schema.properties ?? {})) walk(field, `${path}.properties[${name}]`, errors)
}

function checkDefault(schema: JsonSchema, value: unknown, at: string, errors: FieldError[]): void {
  if (!isDeepStrictEqual(pruneValue(value, schema), value)) errors.push(invalid(at, value, 'must not have unknown fields'))
  const unfit = new ValueValidator(schema, at).validate(value)
  errors.push(...unfit)
  if (unfit.length === 0) errors.push(...new RuleSet(schema, false).validate(value, undefined, at))
}
