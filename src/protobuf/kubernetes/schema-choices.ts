import type { AnyFormat } from '../../kube/types/model.ts'

export const schemaModel = 'apiextensions/v1.JSONSchemaProps'

/** Where JSON may have one of several things and the wire has a message with a field for each (apiextensions' JSONSchemaPropsOrArray, …OrBool, …OrStringArray). */
export interface Choice {
  readonly schema?: unknown
  readonly schemas?: readonly unknown[]
  readonly strings?: readonly string[]
  readonly allows?: boolean
}

/** Numbers of the fields, by what they hold. */
export const choiceNumbers = {
  schemas: { schema: 1, schemas: 2 },
  'schema-or-bool': { allows: 1, schema: 2 },
  'schema-or-strings': { schema: 1, strings: 2 },
} as const

export type ChoiceFormat = keyof typeof choiceNumbers

export const isChoice = (format: AnyFormat | undefined): format is ChoiceFormat => format !== undefined && Object.hasOwn(choiceNumbers, format)

export function choiceOf(format: ChoiceFormat, value: unknown): Choice {
  if (Array.isArray(value)) return format === 'schemas' ? { schemas: value } : { strings: value.map(String) }
  if (typeof value === 'boolean') return { allows: value }
  // As Go has it: a schema is one that is allowed.
  return format === 'schema-or-bool' ? { allows: true, schema: value } : { schema: value }
}

/** The value that a choice stands for in JSON. */
export function choiceValue(format: ChoiceFormat, { schema, schemas, strings, allows }: Choice): unknown {
  if (format === 'schemas') return schemas && schemas.length > 0 ? schemas : (schema ?? null)
  if (format === 'schema-or-strings') return strings && strings.length > 0 ? strings : (schema ?? null)
  return schema ?? allows ?? false
}
