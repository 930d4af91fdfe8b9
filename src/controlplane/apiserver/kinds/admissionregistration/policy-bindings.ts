import type * as client from '@kubernetes/client-node'
import { duplicate, eachOf, type FieldError, forbidden, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import { validatePathSegment } from '../../../../kube/validation/formats.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import type { Given, GivenPart } from '../given.ts'
import { defineKind } from '../kind.ts'
import { validateMutatedOperations } from './mutating-admission-policies.ts'
import { matchDefaults, oneOf, validateMatchResources } from './rule-validation.ts'

export type ValidatingAdmissionPolicyBinding = Given<client.V1ValidatingAdmissionPolicyBinding>
export type MutatingAdmissionPolicyBinding = Given<client.V1MutatingAdmissionPolicyBinding>
type ParamRef = GivenPart<client.V1ParamRef>

const actions = ['Audit', 'Deny', 'Warn']
const missing = ['Deny', 'Allow']

function paramRefText(ref: ParamRef | undefined): string {
  if (!ref) return '<unset>'
  if (ref.name) return ref.namespace ? `${ref.namespace}/${ref.name}` : `*/${ref.name}`
  return ref.selector ? '<selector>' : '<unset>'
}

const shared = {
  group: 'admissionregistration.k8s.io',
  namespaced: false,
  categories: ['api-extensions'],
  generation: bySpec,
  printer: printer<ValidatingAdmissionPolicyBinding>(columns(['Name', 'PolicyName', 'ParamRef', 'Age']), (binding, now) => [
    nameOf(binding),
    binding.spec?.policyName ?? '',
    paramRefText(binding.spec?.paramRef),
    ageOf(binding, now),
  ]),
} as const

function bindingDefaults(binding: MutatingAdmissionPolicyBinding): void {
  binding.spec ??= {}
  matchDefaults(binding.spec.matchResources)
}

/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding. */
export const validatingAdmissionPolicyBindings = defineKind<ValidatingAdmissionPolicyBinding>({
  ...shared,
  resource: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
  defaults: bindingDefaults,
  validate: (binding) => [...validateBinding(binding), ...validateActions(binding.spec?.validationActions ?? [])],
})

/** admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding. */
export const mutatingAdmissionPolicyBindings = defineKind<MutatingAdmissionPolicyBinding>({
  ...shared,
  resource: 'mutatingadmissionpolicybindings',
  kind: 'MutatingAdmissionPolicyBinding',
  defaults: bindingDefaults,
  validate: (binding) => [...validateBinding(binding), ...validateMutatedOperations('spec.matchResouces.resourceRules', binding.spec?.matchResources)],
})

function validateBinding({ spec }: MutatingAdmissionPolicyBinding): FieldError[] {
  const { policyName = '', paramRef, matchResources } = spec ?? {}
  return [
    ...(policyName === '' ? [required('spec.policyName')] : validateName('spec.policyName', policyName, 'subdomain')),
    ...(paramRef ? validateParamRef('spec.paramRef', paramRef) : []),
    // Upstream's spelling.
    ...validateMatchResources('spec.matchResouces', matchResources),
  ]
}

function validateParamRef(at: string, { name = '', selector, parameterNotFoundAction: action }: ParamRef): FieldError[] {
  const errors: FieldError[] = []
  const both = 'name and selector are mutually exclusive'
  if (name !== '') {
    errors.push(...validatePathSegment(`${at}.name`, name))
    if (selector) errors.push(forbidden(`${at}.name`, both))
  }
  if (selector) {
    errors.push(...validateLabelSelector(`${at}.selector`, selector))
    if (name !== '') errors.push(forbidden(`${at}.selector`, both))
  }
  if (name === '' && !selector) errors.push(required(at, 'one of name or selector must be specified'))
  if (!action) errors.push(required(`${at}.parameterNotFoundAction`))
  else if (!missing.includes(action)) errors.push(notSupportedInOrder(`${at}.parameterNotFoundAction`, action, missing))
  return errors
}

function validateActions(given: readonly string[]): FieldError[] {
  const field = 'spec.validationActions'
  const errors = eachOf(field, given, (at, action, index) => [...oneOf(at, action, actions), ...(given.indexOf(action) < index ? [duplicate(at, action)] : [])])
  if (given.includes('Deny') && given.includes('Warn'))
    errors.push(
      invalid(
        field,
        given,
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    )
  if (given.length === 0) errors.push(required(field, 'at least one validation action is required'))
  return errors
}
