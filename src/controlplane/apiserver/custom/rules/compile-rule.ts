import { type Environment, environment } from '../../../../cel/environment.ts'
import { compile, type Program } from '../../../../cel/program.ts'
import { schemaType, type TypedSchema } from '../../../../cel/schema/schema-type.ts'
import type { Expression } from '../../../../cel/syntax/ast.ts'
import { CompileError } from '../../../../cel/syntax/issues.ts'
import { parse } from '../../../../cel/syntax/parser.ts'
import { type CelType, optionalOf } from '../../../../cel/types/types.ts'
import type { JsonSchema, ValidationRule } from '../schema/json-schema.ts'

/** A rule of `x-kubernetes-validations` that compiled, or why it did not. */
export interface CompiledRule {
  readonly rule: ValidationRule
  readonly program?: Program
  readonly fault?: string
  /** A transition rule: it compares with what was before. */
  readonly usesOldSelf: boolean
  readonly message?: Program
  readonly messageFault?: string
}

/** The rules of one schema, all of one type. */
export interface CompiledRules {
  readonly type: CelType
  readonly rules: readonly CompiledRule[]
}

/** Compiles the rules of a schema, not of those below it. `root`: it is of a whole object. */
export function compileRules(schema: JsonSchema, root: boolean): CompiledRules {
  const type = schemaType(schema as TypedSchema, 'object', root)
  const plain = environment({ self: type, oldSelf: type })
  let optional: Environment | undefined
  const rules = (schema['x-kubernetes-validations'] ?? []).map((rule) => {
    if (!rule.optionalOldSelf) return compileRule(rule, plain)
    optional ??= environment({ self: type, oldSelf: optionalOf(type) })
    return compileRule(rule, optional)
  })
  return { type, rules }
}

function compileRule(rule: ValidationRule, variables: Environment): CompiledRule {
  if (rule.rule.trim() === '') return { rule, usesOldSelf: false }
  const [program, fault] = compiled(rule.rule, variables)
  if (!program) return { rule, usesOldSelf: false, fault: `compilation failed: ${fault}` }
  if (program.result.kind !== 'bool') return { rule, usesOldSelf: false, fault: 'cel expression must evaluate to a bool' }
  const usesOldSelf = names(parse(rule.rule), 'oldSelf')
  if (!rule.messageExpression) return { rule, program, usesOldSelf }
  const [message, messageFault] = compiled(rule.messageExpression, variables)
  if (!message) return { rule, program, usesOldSelf, messageFault: `messageExpression compilation failed: ${messageFault}` }
  if (message.result.kind !== 'string') return { rule, program, usesOldSelf, messageFault: 'messageExpression must evaluate to a string' }
  return { rule, program, usesOldSelf, message }
}

function compiled(expression: string, variables: Environment): readonly [Program] | readonly [undefined, string] {
  try {
    return [compile(expression, variables)]
  } catch (error) {
    if (error instanceof CompileError) return [undefined, error.message]
    throw error
  }
}

/** Whether a variable is named anywhere in an expression. */
function names(expression: Expression, name: string): boolean {
  const waiting: unknown[] = [expression]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue
    if ('node' in next && next.node === 'ident' && 'name' in next && next.name === name) return true
    waiting.push(...Object.values(next))
  }
  return false
}
