import type { Environment } from '../../../../cel/environment.ts'
import { compile } from '../../../../cel/program.ts'
import { CompileError } from '../../../../cel/syntax/issues.ts'
import { bool, type CelType, listOf, nullType, objectOf, string, typeText } from '../../../../cel/types/types.ts'
import { assignable } from '../../../../cel/types/unify.ts'
import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'
import { webhookExpressions } from '../../admission/expressions.ts'
import { type CompiledPolicy, compilePolicy } from '../../admission/policy/compiled-policy.ts'
import { mutationScope } from '../../admission/policy/mutation-types.ts'
import type { Policy } from '../../admission/policy/policy.ts'

function check(field: string, expression: string, environment: Environment, wanted: readonly CelType[]): FieldError[] {
  try {
    const { result } = compile(expression, environment)
    if (wanted.length === 0 || wanted.some((type) => assignable(type, result, []) && (result.kind !== 'null' || type.kind === 'null'))) return []
    const words = wanted.map((type) => (type.kind === 'null' ? 'null_type' : typeText(type)))
    return [invalid(field, expression, words.length === 1 ? `must evaluate to ${words[0]}` : `must evaluate to one of [${words.join(' ')}]`)]
  } catch (error) {
    if (error instanceof CompileError) return [invalid(field, expression, `compilation failed: ${error.message}`)]
    throw error
  }
}

/** The mistakes of a webhook's match condition. */
export const webhookCondition = (field: string, expression: string): FieldError[] => check(field, expression, webhookExpressions, [bool])

/** What the expressions of a policy may name, its variables with their types. */
export function policyScope(spec: object, mutates: boolean): CompiledPolicy {
  return compilePolicy({ spec: spec as NonNullable<Policy['spec']> }, mutates ? mutationScope : {})
}

const results = {
  bool: [bool],
  string: [string],
  'string or null': [string, nullType],
  object: [objectOf('Object', {})],
  patches: [listOf(objectOf('JSONPatch', {}))],
} as const

/** The mistakes of an expression of a policy, by what it must come to. */
export const policyExpression = (field: string, expression: string, { expressions }: CompiledPolicy, wanted: keyof typeof results): FieldError[] =>
  check(field, expression, expressions, results[wanted])

/** The mistakes of a policy's match condition, which comes before the variables. */
export const policyCondition = (field: string, expression: string, { conditions }: CompiledPolicy): FieldError[] => check(field, expression, conditions, [bool])

/** The mistakes of a policy's variable. */
export function policyVariable(field: string, name: string, expression: string, { variables }: CompiledPolicy): FieldError[] {
  const program = variables.find((variable) => variable.name === name)?.program
  return typeof program === 'string' ? [invalid(field, expression, program)] : []
}

const reserved = new Set('true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '))

/** Whether a variable may have this name. */
export const isIdentifier = (name: string): boolean => /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !reserved.has(name)
