import type { HorizontalPodAutoscaler } from '../../../../kube/objects.ts'
import { append, type FieldError, forbidden, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { nonNegativeQuantity } from '../../../../kube/validation/number-validation.ts'
import { validateMetric } from './metric-validation.ts'
import { validateReference } from './reference-validation.ts'

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>
type Rules = NonNullable<NonNullable<Spec['behavior']>['scaleUp']>

// Bounds of pkg/apis/autoscaling/validation.
const maxPeriodSeconds = 1800
const maxWindowSeconds = 3600

/** Rules and words of pkg/apis/autoscaling/validation. `least` is 0 for one that scales to nothing already. */
export function validateAutoscaler(path: string, spec: Spec | undefined, least: number): FieldError[] {
  const errors: FieldError[] = []
  const { minReplicas: min, maxReplicas: max = 0, metrics = [] } = spec ?? ({} as Partial<Spec>)
  if (min !== undefined && min < least) errors.push(invalid(`${path}.minReplicas`, min, `must be greater than or equal to ${least}`))
  if (max < 1) errors.push(invalid(`${path}.maxReplicas`, max, 'must be greater than 0'))
  if (min !== undefined && max < min) errors.push(invalid(`${path}.maxReplicas`, max, 'must be greater than or equal to `minReplicas`'))
  append(errors, validateReference(`${path}.scaleTargetRef`, spec?.scaleTargetRef))
  for (const [index, metric] of metrics.entries()) append(errors, validateMetric(`${path}.metrics[${index}]`, metric))
  if (min === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External'))
    errors.push(forbidden(`${path}.metrics`, 'must specify at least one Object or External metric to support scaling to zero replicas'))
  for (const direction of ['scaleUp', 'scaleDown'] as const) append(errors, validateRules(`${path}.behavior.${direction}`, spec?.behavior?.[direction]))
  return errors
}

function validateRules(path: string, rules: Rules | undefined): FieldError[] {
  if (!rules) return []
  const errors: FieldError[] = []
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules
  if ((window ?? 0) < 0) errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'))
  if ((window ?? 0) > maxWindowSeconds) errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${maxWindowSeconds}`))
  const selections = ['Disabled', 'Max', 'Min']
  if (selectPolicy !== undefined && !selections.includes(selectPolicy)) errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, selections))
  if (policies.length === 0) errors.push(required(`${path}.policies`, 'must specify at least one Policy'))
  for (const [index, { type, value, periodSeconds }] of policies.entries()) {
    const at = `${path}.policies[${index}]`
    if (type !== 'Pods' && type !== 'Percent') append(errors, [notSupported(`${at}.type`, type ?? '', ['Percent', 'Pods'])])
    if (!(value > 0)) append(errors, [invalid(`${at}.value`, value ?? 0, 'must be greater than zero')])
    if (!(periodSeconds > 0)) append(errors, [invalid(`${at}.periodSeconds`, periodSeconds ?? 0, 'must be greater than zero')])
    if (periodSeconds > maxPeriodSeconds) append(errors, [invalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${maxPeriodSeconds}`)])
  }
  if (tolerance !== undefined) append(errors, nonNegativeQuantity(`${path}.tolerance`, tolerance))
  return errors
}
