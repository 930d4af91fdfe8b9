import { isDeepStrictEqual } from 'node:util'
import { writeJson } from '../../../../json/exact.ts'
import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'
import { RuleSet } from '../rules/rule-set.ts'
import { SchemaCompiler } from './compile.ts'
import { itemsOf, type JsonSchema } from './json-schema.ts'
import { pruneValue } from './pruning.ts'
import { ValueValidator } from './value-validator.ts'

/** Defaults must fit the schema that they are of, and have no fields that it does not know (apiextensions-apiserver's schema/defaulting/validation). */
export function validateDefaults(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = []
  walk(schema, path, errors, { known: new Map(), compiler: new SchemaCompiler() })
  return errors
}

/** By what is checked: the same few rules come again and again. */
interface Validators {
  readonly known: Map<string, ValueValidator>
  readonly compiler: SchemaCompiler
}

// What is within additionalProperties may have none that count.
function walk(schema: JsonSchema, path: string, errors: FieldError[], validators: Validators): void {
  if (schema.default !== undefined) checkDefault(schema, schema.default, `${path}.default`, errors, validators)
  const items = itemsOf(schema)
  if (items) walk(items, `${path}.items`, errors, validators)
  for (const [name, field] of Object.entries(schema.properties ?? {})) walk(field, `${path}.properties[${name}]`, errors, validators)
}

function checkDefault(schema: JsonSchema, value: unknown, at: string, errors: FieldError[], validators: Validators): void {
  if (!isDeepStrictEqual(pruneValue(value, schema), value)) errors.push(invalid(at, value, 'must not have unknown fields'))
  const { description: _d, title: _t, default: _v, ...checked } = schema
  const key = writeJson(checked)
  const validator = validators.known.get(key) ?? new ValueValidator(schema, '', validators.compiler)
  validators.known.set(key, validator)
  const unfit = validator.validate(value, at)
  errors.push(...unfit)
  if (unfit.length === 0) errors.push(...new RuleSet(schema, false).validate(value, undefined, at))
}
