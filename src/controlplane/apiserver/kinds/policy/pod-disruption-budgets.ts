import type { PodDisruptionBudget } from '../../../../kube/objects.ts'
import { validateConditions } from '../../../../kube/validation/condition-validation.ts'
import { append, type FieldError, invalid, notSupportedInOrder } from '../../../../kube/validation/field-errors.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import { nonNegativeFields, notAboveAll, validateIntOrPercent } from '../../../../kube/validation/number-validation.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { numbers } from '../../table/templates.ts'
import { bySpec } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'

/** policy/v1 PodDisruptionBudget. */
export const podDisruptionBudgets = defineKind<PodDisruptionBudget>({
  group: 'policy',
  resource: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
  shortNames: ['pdb'],
  subresources: [statusSubresource('PodDisruptionBudget')],
  generation: bySpec,
  printer: printer<PodDisruptionBudget>(
    [column('Name'), column('Min Available'), column('Max Unavailable'), numbers('Allowed Disruptions'), column('Age')],
    ({ metadata, spec, status }, now) => [
      nameOf({ metadata }),
      String(spec?.minAvailable ?? 'N/A'),
      String(spec?.maxUnavailable ?? 'N/A'),
      status?.disruptionsAllowed ?? 0,
      ageOf({ metadata }, now),
    ],
  ),
  defaults({ status }) {
    for (const field of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const) if (status) status[field] ??= 0
  },
  prepareCreate(budget) {
    budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }
  },
  validate: ({ spec }) => validateSpec('spec', spec),
  validateUpdate(next, _previous, subresource) {
    if (subresource !== 'status') return []
    return [
      ...validateConditions('status.conditions', next.status?.conditions),
      ...nonNegativeFields('status', next.status, ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods']),
    ]
  },
})

const evictionPolicies = ['AlwaysAllow', 'IfHealthyBudget']

function validateSpec(path: string, spec: PodDisruptionBudget['spec']): FieldError[] {
  const errors: FieldError[] = []
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec ?? {}
  if (minAvailable !== undefined && maxUnavailable !== undefined) errors.push(invalid(path, spec, 'minAvailable and maxUnavailable cannot be both set'))
  for (const [field, value] of [
    ['minAvailable', minAvailable],
    ['maxUnavailable', maxUnavailable],
  ] as const)
    if (value !== undefined) append(errors, [...validateIntOrPercent(`${path}.${field}`, value), ...notAboveAll(`${path}.${field}`, value)])
  append(errors, validateLabelSelector(`${path}.selector`, selector))
  if (policy !== undefined && !evictionPolicies.includes(policy))
    errors.push(notSupportedInOrder(`${path}.unhealthyPodEvictionPolicy`, policy, evictionPolicies))
  return errors
}
