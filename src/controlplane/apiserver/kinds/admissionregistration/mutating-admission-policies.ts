import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, forbidden, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import type { CompiledPolicy } from '../../admission/policy/compiled-policy.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import type { Given, GivenPart } from '../given.ts'
import { defineKind } from '../kind.ts'
import { policyExpression, policyScope } from './expressions.ts'
import { validatePolicySpec } from './policy-validation.ts'
import { type MatchResources, matchDefaults, oneOfRequired, reinvocationPolicies } from './rule-validation.ts'
import { paramKindText } from './validating-admission-policies.ts'

export type MutatingAdmissionPolicy = Given<client.V1MutatingAdmissionPolicy>
type Mutation = GivenPart<client.V1Mutation>

/** Nothing else can be changed. */
const mutatedOperations = ['CREATE', 'UPDATE']

/** admissionregistration.k8s.io/v1 MutatingAdmissionPolicy. */
export const mutatingAdmissionPolicies = defineKind<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  resource: 'mutatingadmissionpolicies',
  kind: 'MutatingAdmissionPolicy',
  namespaced: false,
  categories: ['api-extensions'],
  generation: bySpec,
  printer: printer<MutatingAdmissionPolicy>([column('Name'), column('Mutations', 0, 'integer'), column('ParamKind'), column('Age')], (policy, now) => [
    nameOf(policy),
    policy.spec?.mutations?.length ?? 0,
    paramKindText(policy.spec?.paramKind),
    ageOf(policy, now),
  ]),
  defaults(policy) {
    policy.spec ??= {}
    policy.spec.failurePolicy ??= 'Fail'
    matchDefaults(policy.spec.matchConstraints)
  },
  validate({ spec = {} }, previous) {
    const same =
      previous !== undefined &&
      isDeepStrictEqual(spec.paramKind, previous.spec?.paramKind) &&
      isDeepStrictEqual(spec.matchConditions, previous.spec?.matchConditions)
    const scope = policyScope(spec, true)
    return [
      ...validatePolicySpec(spec, scope, same),
      ...validateMutatedOperations('spec.matchConstraints.resourceRules', spec.matchConstraints),
      ...(spec.mutations?.length
        ? eachOf('spec.mutations', spec.mutations, (at, each) => validateMutation(at, each, scope))
        : [required('spec.mutations', 'mutations must contain at least one item')]),
      ...oneOfRequired('spec.reinvocationPolicy', spec.reinvocationPolicy || undefined, reinvocationPolicies),
    ]
  },
})

/** Only what is written can be changed by a policy: the field is told without its place, as upstream does. */
export const validateMutatedOperations = (field: string, match: MatchResources | undefined): FieldError[] =>
  (match?.resourceRules ?? []).flatMap(({ operations = [] }) =>
    operations.filter((each) => !mutatedOperations.includes(each)).map((each) => notSupported(field, each, mutatedOperations)),
  )

function validateMutation(at: string, { patchType, applyConfiguration, jsonPatch }: Mutation, scope: CompiledPolicy): FieldError[] {
  const given = { ApplyConfiguration: applyConfiguration, JSONPatch: jsonPatch }
  if (!patchType) return [required(`${at}.patchType`)]
  if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch') return [notSupported(`${at}.patchType`, patchType, Object.keys(given))]
  const [field, other] = patchType === 'JSONPatch' ? ['jsonPatch', 'applyConfiguration'] : ['applyConfiguration', 'jsonPatch']
  const mutation = given[patchType]
  const errors: FieldError[] = []
  if (!mutation) errors.push(required(`${at}.${field}`, `must be specified when patchType is ${patchType}`))
  else if (!mutation.expression?.trim()) errors.push(required(`${at}.${field}.expression`, 'expression is not specified'))
  else errors.push(...policyExpression(`${at}.${field}.expression`, mutation.expression, scope, patchType === 'JSONPatch' ? 'patches' : 'object'))
  if (patchType === 'JSONPatch' ? applyConfiguration : jsonPatch)
    errors.push(forbidden(`${at}.${other}`, `must not be specified when patchType is ${patchType}`))
  return errors
}
