import type { RestEnvironment } from '../../rest/environment.ts'
import type { Decide } from '../expressions.ts'
import type { HookRequest } from '../hooks.ts'
import { type Evaluated, PolicyEvaluation } from './evaluate.ts'
import type { Invocation } from './invocations.ts'
import { ignoresFailure, type Validation } from './policy.ts'

/** What one validation of a policy says; `deny always` whatever the binding's actions are. */
export interface Decision {
  readonly action: 'admit' | 'deny' | 'deny always'
  /** Which of the policy's validations. */
  readonly index: number
  readonly message: string
  readonly reason?: string
}

export interface Decisions {
  readonly decisions: readonly Decision[]
  /** For the audit log. */
  readonly annotations: readonly { readonly key: string; readonly value: string }[]
}

// apiserver/pkg/apis/cel: MaxEvaluatedMessageExpressionSizeBytes; dispatcher.go: maxAuditAnnotationValueLength.
const longestMessage = 5 * 1024
const longestAnnotation = 10 * 1024

/** Evaluates a policy for a request. */
export async function decide(invocation: Invocation, request: HookRequest, environment: RestEnvironment, authorize: Decide): Promise<Decisions> {
  const { policy } = invocation
  const evaluation = await PolicyEvaluation.of(invocation, request, environment, authorize)
  const failed = (message: string, index = 0): Decision => ({ action: ignoresFailure(policy) ? 'admit' : 'deny', index, message })
  const { matches, error } = await evaluation.matches()
  if (error !== undefined) return { decisions: [failed(error)], annotations: [] }
  if (!matches) return { decisions: [], annotations: [] }
  const decisions: Decision[] = []
  for (const [index, validation] of (policy.spec?.validations ?? []).entries()) {
    const outcome = await evaluation.evaluate(validation.expression)
    if ('error' in outcome) {
      decisions.push(failed(outcome.error, index))
      if (outcome.overBudget) return { decisions, annotations: [] }
    } else if (outcome.value === true) decisions.push({ action: 'admit', index, message: '' })
    else {
      const said = validation.messageExpression ? await evaluation.evaluate(validation.messageExpression) : undefined
      if (said && 'error' in said && said.overBudget) decisions.push(failed(`failed messageExpression: ${said.error}`, index))
      else decisions.push({ action: 'deny', index, message: messageOf(validation, said), ...(validation.reason && { reason: validation.reason }) })
    }
  }
  return withAnnotations(invocation, evaluation, decisions)
}

/** What the expression of the message says if it is one line of a fair length, else the policy's own words, else the expression that failed. */
function messageOf({ message, expression }: Validation, said: Evaluated | undefined): string {
  const evaluated = said && 'value' in said && typeof said.value === 'string' ? said.value.trim() : ''
  if (evaluated !== '' && !evaluated.includes('\n') && Buffer.byteLength(evaluated) <= longestMessage) return evaluated
  return message?.trim() || `failed expression: ${expression.trim()}`
}

async function withAnnotations({ policy }: Invocation, evaluation: PolicyEvaluation, decisions: Decision[]): Promise<Decisions> {
  const annotations: { key: string; value: string }[] = []
  for (const { key, valueExpression } of policy.spec?.auditAnnotations ?? []) {
    const outcome = await evaluation.evaluate(valueExpression)
    if ('error' in outcome) {
      if (!ignoresFailure(policy)) decisions.push({ action: 'deny always', index: 0, message: outcome.error })
    } else if (typeof outcome.value === 'string' && outcome.value.trim() !== '') annotations.push({ key, value: outcome.value.slice(0, longestAnnotation) })
  }
  return { decisions, annotations }
}
