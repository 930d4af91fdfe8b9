import type { KubeError } from '../../../../kube/client.ts'
import type { RestEnvironment } from '../../rest/environment.ts'
import type { Decide } from '../expressions.ts'
import { type HookRequest, nameOf } from '../hooks.ts'
import { forbiddenAs } from '../refusal.ts'
import { type Decision, decide } from './decide.ts'
import { type Invocation, invocationsOf, type Misconfiguration } from './invocations.ts'
import { type Binding, ignoresFailure, objectName, type Policy } from './policy.ts'

interface Denial {
  readonly policy: Policy
  readonly binding?: Binding
  readonly message: string
  readonly reason?: string
}

/** Checks a request by the ValidatingAdmissionPolicies that are bound to it: denies, warns, or notes in the audit log, as the bindings say. */
export async function checkPolicies(request: HookRequest, environment: RestEnvironment, authorize: Decide): Promise<void> {
  const denials: Denial[] = []
  const annotations = new Annotations()
  for (const invocation of invocationsOf('validatingadmissionpolicies', request, environment)) {
    if (isMisconfigured(invocation)) {
      if (!ignoresFailure(invocation.policy)) denials.push(invocation)
      continue
    }
    const { decisions, annotations: made } = await decide(invocation, request, environment, authorize)
    for (const decision of decisions) act(invocation, decision, request, denials)
    for (const { key, value } of made) annotations.add(`${objectName(invocation.policy)}/${key}`, value)
  }
  annotations.publish(request)
  if (denials[0]) throw denied(denials[0], request)
}

const isMisconfigured = (entry: Invocation | Misconfiguration): entry is Misconfiguration => 'message' in entry

function act({ policy, binding }: Invocation, decision: Decision, { context }: HookRequest, denials: Denial[]): void {
  if (decision.action === 'admit') return
  const { message, reason } = decision
  const actions = decision.action === 'deny always' ? ['Deny'] : (binding.spec?.validationActions ?? [])
  for (const action of actions) {
    if (action === 'Deny') denials.push({ policy, binding, message, reason })
    else if (action === 'Warn')
      context.warn(`Validation failed for ValidatingAdmissionPolicy '${objectName(policy)}' with binding '${objectName(binding)}': ${message}`)
    else if (action === 'Audit') {
      const failure = { message, policy: objectName(policy), binding: objectName(binding), expressionIndex: decision.index, validationActions: actions }
      context.annotate?.('validation.policy.admission.k8s.io/validation_failure', JSON.stringify([failure]))
    }
  }
}

const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 }

function denied({ policy, binding, message, reason = 'Invalid' }: Denial, request: HookRequest): KubeError {
  const bound = binding ? ` with binding '${objectName(binding)}'` : ''
  const text = `ValidatingAdmissionPolicy '${objectName(policy)}'${bound} denied request: ${message}`
  return forbiddenAs(request.definition, nameOf(request), { message: text, reason, code: codes[reason] ?? 422, causes: [text] })
}

/** Audit annotations: what several bindings say of one key stands side by side, each once. */
class Annotations {
  readonly #values = new Map<string, Set<string>>()

  add(key: string, value: string): void {
    const values = this.#values.get(key) ?? new Set()
    this.#values.set(key, values.add(value))
  }

  publish({ context }: HookRequest): void {
    for (const [key, values] of this.#values) context.annotate?.(key, [...values].join(', '))
  }
}
