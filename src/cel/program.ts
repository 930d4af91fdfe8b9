import type { Environment } from './environment.ts'
import type { Frame, Step } from './evaluate/frame.ts'
import { plan } from './evaluate/plan.ts'
import { type CelValue, CostExceeded, EvaluationError, Suspended } from './evaluate/values.ts'
import { CompileError } from './syntax/issues.ts'
import { parse } from './syntax/parser.ts'
import { check } from './types/checker.ts'
import type { CelType } from './types/types.ts'

/** Per evaluation, as kube-apiserver has it (PerCallLimit). */
export const perCallCostLimit = 1_000_000
/** Of all expressions of one object or policy together (RuntimeCELCostBudget). */
export const costBudget = 10_000_000

/** What came of an evaluation, and what it cost. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: CelValue; readonly cost: number }
  /** `message` is cel-go's: `no such key: x`, `division by zero`; with `budget` it cost more than the limit. */
  | { readonly kind: 'error'; readonly message: string; readonly cost: number; readonly budget: boolean }
  /** A decision of the authorizer is needed first: evaluate again when `decisions` has one under `key`. */
  | { readonly kind: 'suspended'; readonly key: string; readonly asked: unknown; readonly cost: number }

export interface EvaluationOptions {
  /** Costs more than this are an error; `perCallCostLimit` unless said. */
  readonly limit?: number
  readonly decisions?: ReadonlyMap<string, unknown>
}

/** A compiled expression. */
export interface Program {
  readonly result: CelType
  /** With the variables of its environment, as plain JSON. Never throws for what the expression does. */
  evaluate(bindings: Readonly<Record<string, unknown>>, options?: EvaluationOptions): Outcome
}

const compiled = new WeakMap<Environment, Map<string, Program>>()
const mostCompiled = 1024

/** Compiles an expression; the same one in the same environment only once. Throws `CompileError`. */
export function compile(expression: string, environment: Environment): Program {
  const known = compiled.get(environment) ?? new Map<string, Program>()
  compiled.set(environment, known)
  const found = known.get(expression)
  if (found) return found
  const program = compileNew(expression, environment)
  if (known.size >= mostCompiled) known.delete(known.keys().next().value ?? '')
  known.set(expression, program)
  return program
}

function compileNew(expression: string, { declarations }: Environment): Program {
  const checked = check(parse(expression), declarations)
  if ('issues' in checked) throw new CompileError(expression, checked.issues)
  let step: Step | undefined
  return {
    result: checked.result,
    evaluate(bindings, { limit = perCallCostLimit, decisions } = {}) {
      // Many expressions are only ever checked.
      step ??= plan(checked)
      return run(step, { bindings, slots: [], cost: 0, limit, ...(decisions && { decisions }) })
    },
  }
}

function run(step: Step, frame: Frame): Outcome {
  try {
    return { kind: 'value', value: step(frame), cost: frame.cost }
  } catch (error) {
    if (error instanceof EvaluationError) return { kind: 'error', message: error.message, cost: frame.cost, budget: false }
    if (error instanceof CostExceeded) return { kind: 'error', message: error.message, cost: frame.cost, budget: true }
    if (error instanceof Suspended) return { kind: 'suspended', key: error.key, asked: error.asked, cost: frame.cost }
    // Only a deep expression over deep input comes here.
    if (error instanceof RangeError) return { kind: 'error', message: 'expression is nested too deeply', cost: frame.cost, budget: false }
    throw error
  }
}
