import { type Environment, environment } from '../../../../cel/environment.ts'
import { authorizerType, resourceCheckType } from '../../../../cel/library/authorizer.ts'
import { compile } from '../../../../cel/program.ts'
import { CompileError } from '../../../../cel/syntax/issues.ts'
import { bool, type CelType, dyn, nullType, string, typeText } from '../../../../cel/types/types.ts'
import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'

const common = { object: dyn, oldObject: dyn, request: dyn, authorizer: authorizerType, 'authorizer.requestResource': resourceCheckType }

// Made when the first expression comes: an API server without any does not need them.
const environments = new Map<string, Environment>()

function environmentOf(names: readonly string[]): Environment {
  const key = names.join()
  const found = environments.get(key) ?? environment({ ...common, ...Object.fromEntries(names.map((name) => [name, dyn])) })
  environments.set(key, found)
  return found
}

function check(field: string, expression: string, names: readonly string[], wanted: readonly CelType[]): FieldError[] {
  try {
    const { result } = compile(expression, environmentOf(names))
    if (wanted.length === 0 || result.kind === 'dyn' || wanted.some(({ kind }) => kind === result.kind)) return []
    const words = wanted.map((type) => (type.kind === 'null' ? 'null_type' : typeText(type)))
    return [invalid(field, expression, words.length === 1 ? `must evaluate to ${words[0]}` : `must evaluate to one of [${words.join(' ')}]`)]
  } catch (error) {
    if (error instanceof CompileError) return [invalid(field, expression, `compilation failed: ${error.message}`)]
    throw error
  }
}

/** The mistakes of a webhook's match condition. */
export const webhookCondition = (field: string, expression: string): FieldError[] => check(field, expression, [], [bool])

const policyNames = (params: boolean) => ['namespaceObject', 'variables', ...(params ? ['params'] : [])]

/** The mistakes of an expression of a policy, by what it must come to: a truth value, a text, a text or nothing, or whatever. */
export function policyExpression(field: string, expression: string, params: boolean, wanted: 'bool' | 'string' | 'string or null' | 'any'): FieldError[] {
  const types = { bool: [bool], string: [string], 'string or null': [string, nullType], any: [] }[wanted]
  return check(field, expression, policyNames(params), types)
}

const reserved = new Set('true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '))

/** Whether a variable may have this name. */
export const isIdentifier = (name: string): boolean => /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !reserved.has(name)
