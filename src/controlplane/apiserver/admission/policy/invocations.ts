import { KubeError } from '../../../../kube/client.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import type { ResourceDefinition } from '../../resource.ts'
import type { RestEnvironment } from '../../rest/environment.ts'
import type { HookRequest } from '../hooks.ts'
import { isExempt, match, matchRules, matchSelectors, stored } from '../matching.ts'
import { ConfigurationError, collectParams, paramDefinition } from './params.ts'
import { type Binding, criteriaOf, objectName, type Policy } from './policy.ts'

/** A policy to be evaluated for a request, with a binding and one of its parameters. */
export interface Invocation {
  readonly policy: Policy
  readonly binding: Binding
  /** Null when the policy has none, or its binding names none. */
  readonly param: KubeObject | null
  /** The version in which the policy sees the request. */
  readonly seen: ResourceDefinition
}

/** A policy that cannot be evaluated as it is set up. */
export interface Misconfiguration {
  readonly policy: Policy
  readonly binding?: Binding
  readonly message: string
}

// Requests that only ask something: policies are not about them (apiserver's default excluded resources).
const excluded = new Set([
  'tokenreviews',
  'selfsubjectreviews',
  'subjectaccessreviews',
  'localsubjectaccessreviews',
  'selfsubjectaccessreviews',
  'selfsubjectrulesreviews',
])

/** Whether no policy can be about a request. */
export const isOutOfReach = ({ definition }: HookRequest): boolean =>
  isExempt(definition) || (/^auth(?:entication|orization)\.k8s\.io$/.test(definition.group) && excluded.has(definition.resource))

/** All evaluations that a request asks for, policies by name, and what is set up so that it cannot be evaluated. */
export function invocationsOf(
  kind: 'validatingadmissionpolicies' | 'mutatingadmissionpolicies',
  request: HookRequest,
  environment: RestEnvironment,
): readonly (Invocation | Misconfiguration)[] {
  if (isOutOfReach(request)) return []
  const policies = stored<Policy>(kind, environment)
  if (policies.length === 0) return []
  const bindings = Map.groupBy(
    stored<Binding>(kind === 'mutatingadmissionpolicies' ? 'mutatingadmissionpolicybindings' : 'validatingadmissionpolicybindings', environment),
    ({ spec }) => spec?.policyName ?? '',
  )
  return policies.flatMap((policy) => ofPolicy(policy, bindings.get(objectName(policy)) ?? [], request, environment))
}

function ofPolicy(policy: Policy, bindings: readonly Binding[], request: HookRequest, environment: RestEnvironment): (Invocation | Misconfiguration)[] {
  // A policy without a binding does nothing.
  if (bindings.length === 0) return []
  const found = attempt(() => match(criteriaOf(policy.spec?.matchConstraints), request, environment))
  if ('fault' in found) return [{ policy, message: `failed to configure policy: ${found.fault}` }]
  const seen = found.value
  if (!seen) return []
  const { paramKind } = policy.spec ?? {}
  const params = paramKind && paramDefinition(paramKind, environment)
  if (paramKind && !params) {
    const message = `failed to find resource referenced by paramKind: '${paramKind.apiVersion}, Kind=${paramKind.kind}'`
    return [{ policy, message: `failed to configure policy: ${message}` }]
  }
  return bindings.flatMap((binding): (Invocation | Misconfiguration)[] => {
    const collected = attempt(() =>
      matchesBinding(binding, request, environment) ? collectParams(params, binding.spec?.paramRef, request.namespace, environment) : [],
    )
    if ('fault' in collected) return [{ policy, binding, message: `failed to configure binding: ${collected.fault}` }]
    return collected.value.map((param) => ({ policy, binding, param, seen }))
  })
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly fault: string } {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof KubeError) return { fault: error.message }
    throw error
  }
}

/** Without rules a binding is about all that its policy is about. */
function matchesBinding({ spec }: Binding, request: HookRequest, environment: RestEnvironment): boolean {
  if (!spec?.matchResources) return true
  const criteria = criteriaOf(spec.matchResources)
  if (criteria.rules.length > 0) return match(criteria, request, environment) !== undefined
  const isExcluded = matchRules({ rules: criteria.excluded ?? [], matchPolicy: criteria.matchPolicy }, request, environment) !== undefined
  return !isExcluded && matchSelectors(criteria, request, environment)
}
