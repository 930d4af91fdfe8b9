import type { Environment } from '../../../../cel/environment.ts'
import { type CelValue, EvaluationError, Suspended } from '../../../../cel/evaluate/values.ts'
import { compile, type Program } from '../../../../cel/program.ts'
import { type CelType, dyn } from '../../../../cel/types/types.ts'
import { type Evaluation, type PolicyScope, policyExpressions } from '../expressions.ts'
import { mutationScope } from './mutation-types.ts'
import type { Policy } from './policy.ts'

interface Variable {
  readonly name: string
  /** Its program, or why it has none. */
  readonly program: Program | string
}

/** A policy's variables, and what its expressions may name. */
export interface CompiledPolicy {
  /** For match conditions, which come before the variables. */
  readonly conditions: Environment
  readonly expressions: Environment
  readonly variables: readonly Variable[]
}

const known = new WeakMap<Policy, CompiledPolicy>()

/** Compiles a policy's variables, once for each state of it. */
export function compiledPolicy(policy: Policy): CompiledPolicy {
  const found = known.get(policy)
  if (found) return found
  const made = compilePolicy(policy, policy.spec?.mutations ? mutationScope : {})
  known.set(policy, made)
  return made
}

/** The same for a scope of one's own: with types, for type checking. */
export function compilePolicy({ spec }: Policy, given: Partial<PolicyScope>): CompiledPolicy {
  const scope: PolicyScope = { params: spec?.paramKind !== undefined, ...given }
  const types: Record<string, CelType> = {}
  const variables: Variable[] = []
  for (const { name, expression } of spec?.variables ?? []) {
    const program = compileOr(expression, policyExpressions({ ...scope, variables: { ...types } }))
    variables.push({ name, program })
    types[name] = typeof program === 'string' ? dyn : program.result
  }
  return { conditions: policyExpressions(scope), expressions: policyExpressions({ ...scope, variables: types }), variables }
}

/** The program of an expression, or why it does not compile. */
export function compileOr(expression: string, environment: Environment): Program | string {
  try {
    return compile(expression, environment)
  } catch (error) {
    return `compilation failed: ${(error as Error).message}`
  }
}

/** The value of `variables`: each is evaluated when it is first read, with those before it. */
export function lazyVariables(variables: readonly Variable[], bindings: Readonly<Record<string, unknown>>, evaluation: Evaluation): object {
  const values = {}
  const all = { ...bindings, variables: values }
  for (const { name, program } of variables) {
    let value: CelValue | undefined
    Object.defineProperty(values, name, {
      enumerable: true,
      get() {
        value ??= evaluated(name, program, all, evaluation)
        return value
      },
    })
  }
  return values
}

function evaluated(name: string, program: Program | string, bindings: Readonly<Record<string, unknown>>, evaluation: Evaluation): CelValue {
  if (typeof program === 'string') throw new EvaluationError(`composited variable "${name}" fails to compile: ${program}`)
  const outcome = evaluation.evaluateNow(program, bindings)
  switch (outcome.kind) {
    case 'value':
      return outcome.value
    case 'error':
      throw new EvaluationError(`composited variable "${name}" fails to evaluate: ${outcome.message}`)
    case 'suspended':
      throw new Suspended(outcome.key, outcome.asked)
    default:
      return outcome satisfies never
  }
}
