import type { Environment } from '../../../cel/environment.ts'
import { compile } from '../../../cel/program.ts'
import type { Evaluation } from './expressions.ts'

/** A condition under which a webhook or policy is about a request. */
export interface MatchCondition {
  readonly name: string
  readonly expression: string
}

/** Whether they all hold; `error` tells of what could not be evaluated. One that is false outweighs errors. */
export type MatchOutcome = { readonly matches: boolean; readonly error?: string }

/** Evaluates match conditions. What does not compile (it was stored by another version) cannot be evaluated. */
export async function matchConditions(
  conditions: readonly MatchCondition[],
  environment: Environment,
  bindings: Readonly<Record<string, unknown>>,
  evaluation: Evaluation,
): Promise<MatchOutcome> {
  const errors: string[] = []
  for (const { expression } of conditions) {
    const result = await evaluate(expression, environment, bindings, evaluation)
    if (result === false) return { matches: false }
    if (result !== true) errors.push(result)
  }
  if (errors.length === 0) return { matches: true }
  return { matches: false, error: errors.length === 1 ? errors[0] : `[${errors.join(', ')}]` }
}

async function evaluate(
  expression: string,
  environment: Environment,
  bindings: Readonly<Record<string, unknown>>,
  evaluation: Evaluation,
): Promise<boolean | string> {
  const failed = (why: string) => `expression '${expression}' resulted in error: ${why}`
  try {
    const outcome = await evaluation.evaluate(compile(expression, environment), bindings)
    if (outcome.kind === 'error') return failed(outcome.message)
    return typeof outcome.value === 'boolean' ? outcome.value : failed('the expression has no truth value')
  } catch (error) {
    return `compilation error: compilation failed: ${(error as Error).message}`
  }
}
