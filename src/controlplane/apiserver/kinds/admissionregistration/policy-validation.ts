import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import type { CompiledPolicy } from '../../admission/policy/compiled-policy.ts'
import type { GivenPart } from '../given.ts'
import { isIdentifier, policyCondition, policyVariable } from './expressions.ts'
import { type MatchConditionLike, validateMatchConditions } from './match-conditions.ts'
import { failurePolicies, type MatchResources, oneOfRequired, validateMatchResources } from './rule-validation.ts'

type ParamKind = GivenPart<client.V1ParamKind>

/** What policies that validate and those that mutate have in common. */
export interface PolicySpecLike {
  readonly failurePolicy?: string
  readonly paramKind?: ParamKind
  readonly matchConstraints?: MatchResources
  readonly matchConditions?: readonly MatchConditionLike[]
  readonly variables?: readonly { readonly name?: string; readonly expression?: string }[]
}

/** The mistakes of what the two kinds of policies have in common. `sameConditions`: they were stored so. */
export function validatePolicySpec(spec: PolicySpecLike, scope: CompiledPolicy, sameConditions: boolean): FieldError[] {
  const match = spec.matchConstraints
  const none = match && !match.resourceRules?.length ? [required('spec.matchConstraints.resourceRules')] : []
  return [
    ...oneOfRequired('spec.failurePolicy', spec.failurePolicy, failurePolicies),
    ...(spec.paramKind ? validateParamKind('spec.paramKind', spec.paramKind) : []),
    ...(match ? validateMatchResources('spec.matchConstraints', match) : [required('spec.matchConstraints')]),
    ...none,
    ...(sameConditions
      ? []
      : validateMatchConditions('spec.matchConditions', spec.matchConditions, (field, expression) => policyCondition(field, expression, scope))),
    ...eachOf('spec.variables', spec.variables, (at, { name = '', expression = '' }) => [
      ...(name.trim() === ''
        ? [required(`${at}.name`, 'name is not specified')]
        : isIdentifier(name)
          ? []
          : [invalid(`${at}.name`, name, 'name is not a valid CEL identifier')]),
      ...(expression.trim() === ''
        ? [required(`${at}.expression`, 'expression is not specified')]
        : policyVariable(`${at}.expression`, name, expression, scope)),
    ]),
  ]
}

function validateParamKind(at: string, { apiVersion = '', kind = '' }: ParamKind): FieldError[] {
  const errors = validateApiVersion(`${at}.apiVersion`, apiVersion)
  if (kind === '') return [...errors, required(`${at}.kind`)]
  const lower = kind.toLowerCase()
  const faults = validateName('', lower, 'service').map(({ message }) => message.slice(`Invalid value: ${JSON.stringify(lower)}: `.length))
  return faults.length === 0 ? errors : [...errors, invalid(`${at}.kind`, kind, `may have mixed case, but should otherwise match: ${faults.join(',')}`)]
}

function validateApiVersion(field: string, apiVersion: string): FieldError[] {
  if (apiVersion === '') return [required(field)]
  const parts = apiVersion.split('/')
  if (parts.length > 2) return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
  const [group, version = ''] = parts.length === 2 ? parts : ['', apiVersion]
  return [
    ...(group ? validateName(field, group, 'subdomain') : []),
    ...(version === '' || apiVersion === '/' ? [invalid(field, apiVersion, 'version must be specified')] : validateName(field, version, 'service')),
  ]
}
