import type { Environment } from '../../../../cel/environment.ts'
import type { CelValue } from '../../../../cel/evaluate/values.ts'
import { costBudget } from '../../../../cel/program.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import type { RestEnvironment } from '../../rest/environment.ts'
import { authorizerBindings, type Decide, Evaluation } from '../expressions.ts'
import { type HookRequest, newObject, oldObject } from '../hooks.ts'
import { type MatchOutcome, matchConditions } from '../match-conditions.ts'
import { converted, namespaceOf } from '../matching.ts'
import { requestInfo } from '../request-info.ts'
import { compiledPolicy, compileOr, lazyVariables } from './compiled-policy.ts'
import type { Invocation } from './invocations.ts'

// apiserver/pkg/apis/cel: RuntimeCELCostBudgetMatchConditions.
const matchConditionsBudget = 2_500_000

/** What an expression came to; an error is a whole sentence. */
export type Evaluated = { readonly value: CelValue } | { readonly error: string; readonly overBudget: boolean }

/** The evaluations of one policy, binding and parameter for one request. */
export class PolicyEvaluation {
  readonly #bindings: Readonly<Record<string, unknown>>
  readonly #conditions: Environment
  readonly #expressions: Environment
  readonly #evaluation: Evaluation
  readonly #decide: Decide
  readonly #request: HookRequest
  readonly #invocation: Invocation

  private constructor(invocation: Invocation, request: HookRequest, decide: Decide, bindings: Readonly<Record<string, unknown>>) {
    const { conditions, expressions, variables } = compiledPolicy(invocation.policy)
    this.#evaluation = new Evaluation(decide, request.context.user, costBudget)
    this.#conditions = conditions
    this.#expressions = expressions
    this.#bindings = { ...bindings, variables: lazyVariables(variables, bindings, this.#evaluation) }
    this.#decide = decide
    this.#request = request
    this.#invocation = invocation
  }

  static async of(invocation: Invocation, request: HookRequest, environment: RestEnvironment, decide: Decide): Promise<PolicyEvaluation> {
    const { seen, param } = invocation
    const whole = request.subresource === '' || request.subresource === 'status'
    const to = whole ? seen : request.definition
    const bindings = {
      object: await converted(newObject(request), request.definition, to),
      oldObject: await converted(oldObject(request), request.definition, to),
      request: requestInfo(request, seen),
      namespaceObject: namespaceObject(namespaceOf(request, environment)),
      params: param,
      ...authorizerBindings(request),
    }
    return new PolicyEvaluation(invocation, request, decide, bindings)
  }

  get object(): KubeObject | null {
    return this.#bindings.object as KubeObject | null
  }

  matches(): Promise<MatchOutcome> | MatchOutcome {
    const conditions = this.#invocation.policy.spec?.matchConditions ?? []
    if (conditions.length === 0) return { matches: true }
    return matchConditions(conditions, this.#conditions, this.#bindings, new Evaluation(this.#decide, this.#request.context.user, matchConditionsBudget))
  }

  async evaluate(expression: string): Promise<Evaluated> {
    const program = compileOr(expression, this.#expressions)
    if (typeof program === 'string') return { error: `compilation error: ${program}`, overBudget: false }
    const outcome = await this.#evaluation.evaluate(program, this.#bindings)
    if (outcome.kind === 'value') return { value: outcome.value }
    const overBudget = this.#evaluation.isSpent
    return { error: overBudget ? outcome.message : `expression '${expression}' resulted in error: ${outcome.message}`, overBudget }
  }
}

/** What expressions see of a namespace: no managed fields, no owners. */
function namespaceObject(namespace: KubeObject | undefined): object | null {
  if (!namespace) return null
  const { metadata, spec, status } = namespace as KubeObject & { readonly spec?: object; readonly status?: object }
  const { managedFields: _, ownerReferences: __, uid, ...rest } = metadata ?? {}
  return { metadata: { ...rest, ...(uid && { UID: uid }) }, spec: spec ?? {}, status: status ?? {} }
}
