import { isEmptySelector, selectorMatches } from '../../../../kube/label-selector.ts'
import type { DaemonSet } from '../../../../kube/objects.ts'
import { append, type FieldError, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import { nonNegativeFields, notAboveAll, notDecremented, numberOrPercent, validateIntOrPercent } from '../../../../kube/validation/number-validation.ts'
import { validateLastingTemplate, validatePodTemplate } from '../../../../kube/validation/pod-template-validation.ts'

type Spec = NonNullable<DaemonSet['spec']>
type Status = NonNullable<DaemonSet['status']>

/** Rules and words of pkg/apis/apps/validation. */
export function validateDaemonSetSpec(path: string, spec: Spec | undefined): FieldError[] {
  const { selector, template } = spec ?? {}
  const errors = validateLabelSelector(`${path}.selector`, selector)
  const isReadable = errors.length === 0
  if (isReadable && !selectorMatches(selector, template?.metadata?.labels))
    errors.push(invalid(`${path}.template.metadata.labels`, template?.metadata?.labels ?? null, '`selector` does not match template `labels`'))
  if (selector && isEmptySelector(selector)) errors.push(invalid(`${path}.selector`, selector, 'empty selector is invalid for daemonset'))
  append(errors, validatePodTemplate(`${path}.template`, template))
  append(errors, validateLastingTemplate(`${path}.template`, template, 'DaemonSet'))
  append(errors, nonNegativeFields(path, spec, ['minReadySeconds']))
  append(errors, validateStrategy(`${path}.updateStrategy`, spec?.updateStrategy))
  append(errors, nonNegativeFields(path, spec, ['revisionHistoryLimit']))
  return errors
}

function validateStrategy(path: string, strategy: Spec['updateStrategy']): FieldError[] {
  const rolling = strategy?.rollingUpdate
  if (strategy?.type === 'OnDelete') return []
  if (strategy?.type !== 'RollingUpdate') return [notSupportedInOrder(path, strategy ?? {}, ['RollingUpdate', 'OnDelete'])]
  if (!rolling) return [required(`${path}.rollingUpdate`)]
  const { maxUnavailable = 0, maxSurge = 0 } = rolling
  const at = `${path}.rollingUpdate`
  const errors = [
    ...validateIntOrPercent(`${at}.maxUnavailable`, maxUnavailable),
    ...validateIntOrPercent(`${at}.maxSurge`, maxSurge),
    ...notAboveAll(`${at}.maxUnavailable`, maxUnavailable),
    ...notAboveAll(`${at}.maxSurge`, maxSurge),
  ]
  const [unavailable, surge] = [numberOrPercent(maxUnavailable) !== 0, numberOrPercent(maxSurge) !== 0]
  if (unavailable && surge) errors.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  if (!unavailable && !surge) errors.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
  return errors
}

/** The mistakes of a status that a controller writes. */
export const validateDaemonSetStatus = (path: string, status: Status | undefined, previous: Status | undefined): FieldError[] => [
  ...nonNegativeFields(path, status, [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ]),
  ...notDecremented(`${path}.collisionCount`, status?.collisionCount, previous?.collisionCount),
]
