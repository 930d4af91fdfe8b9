import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { validateConditions } from '../../../../kube/validation/condition-validation.ts'
import { duplicate, eachOf, type FieldError, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import type { CompiledPolicy } from '../../admission/policy/compiled-policy.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import type { Given, GivenPart } from '../given.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { policyExpression, policyScope } from './expressions.ts'
import { validatePolicySpec } from './policy-validation.ts'
import { matchDefaults } from './rule-validation.ts'

export type ValidatingAdmissionPolicy = Given<client.V1ValidatingAdmissionPolicy>
type Validation = GivenPart<client.V1Validation>
type Annotation = GivenPart<client.V1AuditAnnotation>

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']
const mostAnnotations = 20
const longestAnnotation = 5 * 1024

/** `apps/v1/Deployment`, or `<unset>`. */
export const paramKindText = (kind: { readonly apiVersion?: string; readonly kind?: string } | undefined): string =>
  kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : '<unset>'

/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy. */
export const validatingAdmissionPolicies = defineKind<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  resource: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
  categories: ['api-extensions'],
  subresources: [statusSubresource('ValidatingAdmissionPolicy')],
  generation: bySpec,
  printer: printer<ValidatingAdmissionPolicy>([column('Name'), column('Validations', 0, 'integer'), column('ParamKind'), column('Age')], (policy, now) => [
    nameOf(policy),
    policy.spec?.validations?.length ?? 0,
    paramKindText(policy.spec?.paramKind),
    ageOf(policy, now),
  ]),
  defaults(policy) {
    policy.spec ??= {}
    policy.spec.failurePolicy ??= 'Fail'
    matchDefaults(policy.spec.matchConstraints)
    policy.status ??= {}
  },
  prepareCreate(policy) {
    policy.status = {}
  },
  validate(policy, previous) {
    const { spec = {} } = policy
    const same =
      previous !== undefined &&
      isDeepStrictEqual(spec.paramKind, previous.spec?.paramKind) &&
      isDeepStrictEqual(spec.matchConditions, previous.spec?.matchConditions)
    const scope = policyScope(spec, false)
    return [...validatePolicySpec(spec, scope, same), ...validateValidations(policy, scope)]
  },
  validateUpdate: ({ status }, _previous, subresource) =>
    subresource === 'status'
      ? [
          ...eachOf('status.typeChecking.expressionWarnings', status?.typeChecking?.expressionWarnings, (at, { warning, fieldRef }) => [
            ...(warning ? [] : [required(`${at}.warning`)]),
            ...(fieldRef?.trim() ? [] : [required(`${at}.fieldRef`)]),
          ]),
          ...validateConditions('status.conditions', status?.conditions),
        ]
      : [],
})

function validateValidations({ metadata, spec = {} }: ValidatingAdmissionPolicy, scope: CompiledPolicy): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec
  const none = 'validations or auditAnnotations must contain at least one item'
  if (validations.length === 0 && auditAnnotations.length === 0) return [required('spec.validations', none), required('spec.auditAnnotations', none)]
  const errors = eachOf('spec.validations', validations, (at, each) => validateValidation(at, each, scope))
  if (auditAnnotations.length > mostAnnotations)
    errors.push(invalid('spec.auditAnnotations', auditAnnotations, `must not have more than ${mostAnnotations} auditAnnotations`))
  const keys = new Set<string>()
  return [
    ...errors,
    ...eachOf('spec.auditAnnotations', auditAnnotations, (at, each) => {
      const { key = '' } = each
      const again = keys.has(key) ? [duplicate(`${at}.key`, key)] : []
      keys.add(key)
      return [...validateAnnotation(at, each, metadata?.name ?? '', scope), ...again]
    }),
  ]
}

function validateValidation(at: string, { expression = '', message = '', messageExpression = '', reason }: Validation, scope: CompiledPolicy): FieldError[] {
  const errors: FieldError[] = []
  if (expression.trim() === '') errors.push(required(`${at}.expression`, 'expression is not specified'))
  else errors.push(...policyExpression(`${at}.expression`, expression, scope, 'bool'))
  if (messageExpression !== '' && messageExpression.trim() === '')
    errors.push(invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'))
  else if (messageExpression !== '') errors.push(...policyExpression(`${at}.messageExpression`, messageExpression, scope, 'string'))
  if (message !== '' && message.trim() === '') errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'))
  else if (/[\n\r]/.test(message.trim())) errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'))
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${at}.reason`, reason, reasons))
  return errors
}

function validateAnnotation(at: string, { key = '', valueExpression = '' }: Annotation, name: string, scope: CompiledPolicy): FieldError[] {
  const errors = name === '' ? [invalid(`${at}.key`, key, 'requires metadata.name be non-empty')] : validateQualifiedName(`${at}.key`, `${name}/${key}`)
  const trimmed = valueExpression.trim()
  if (trimmed === '') return [...errors, required(`${at}.valueExpression`, 'valueExpression is not specified')]
  if (Buffer.byteLength(trimmed) > longestAnnotation)
    return [...errors, required(`${at}.valueExpression`, `must not exceed ${longestAnnotation} bytes in length`)]
  return [...errors, ...policyExpression(`${at}.valueExpression`, trimmed, scope, 'string or null')]
}
