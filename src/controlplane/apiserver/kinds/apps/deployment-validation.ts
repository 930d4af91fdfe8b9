import type { Deployment } from '../../../../kube/objects.ts'
import { append, type FieldError, forbidden, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import {
  nonNegative,
  nonNegativeFields,
  notAboveAll,
  notDecremented,
  notMoreThan,
  numberOrPercent,
  validateIntOrPercent,
} from '../../../../kube/validation/number-validation.ts'
import { validateTemplateOfReplicas } from './replica-set-validation.ts'

type Spec = NonNullable<Deployment['spec']>
type Status = NonNullable<Deployment['status']>

/** Rules and words of pkg/apis/apps/validation. */
export function validateDeploymentSpec(path: string, spec: Spec | undefined): FieldError[] {
  const errors = nonNegative(`${path}.replicas`, spec?.replicas)
  append(errors, validateTemplateOfReplicas(path, spec))
  append(errors, validateStrategy(`${path}.strategy`, spec?.strategy))
  append(errors, nonNegativeFields(path, spec, ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds']))
  const deadline = spec?.progressDeadlineSeconds
  if (deadline !== undefined && deadline <= (spec?.minReadySeconds ?? 0))
    errors.push(invalid(`${path}.progressDeadlineSeconds`, deadline, 'must be greater than minReadySeconds'))
  return errors
}

function validateStrategy(path: string, strategy: Spec['strategy']): FieldError[] {
  const rolling = strategy?.rollingUpdate
  switch (strategy?.type) {
    case 'Recreate':
      return rolling ? [forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")] : []
    case 'RollingUpdate':
      return rolling ? validateRolling(`${path}.rollingUpdate`, rolling) : [required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil')]
    default:
      return [notSupportedInOrder(path, strategy ?? {}, ['Recreate', 'RollingUpdate'])]
  }
}

function validateRolling(path: string, { maxUnavailable = 0, maxSurge = 0 }: NonNullable<NonNullable<Spec['strategy']>['rollingUpdate']>): FieldError[] {
  const errors = [...validateIntOrPercent(`${path}.maxUnavailable`, maxUnavailable), ...validateIntOrPercent(`${path}.maxSurge`, maxSurge)]
  if (numberOrPercent(maxUnavailable) === 0 && numberOrPercent(maxSurge) === 0)
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
  return [...errors, ...notAboveAll(`${path}.maxUnavailable`, maxUnavailable)]
}

/** The mistakes of a status that a controller writes. */
export function validateDeploymentStatus(path: string, status: Status | undefined, previous: Status | undefined): FieldError[] {
  const { replicas } = status ?? {}
  return [
    ...nonNegativeFields(path, status, [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ]),
    ...notMoreThan(`${path}.updatedReplicas`, status?.updatedReplicas, replicas, 'status.replicas'),
    ...notMoreThan(`${path}.readyReplicas`, status?.readyReplicas, replicas, 'status.replicas'),
    ...notMoreThan(`${path}.availableReplicas`, status?.availableReplicas, replicas, 'status.replicas'),
    ...notMoreThan(`${path}.availableReplicas`, status?.availableReplicas, status?.readyReplicas, 'readyReplicas'),
    ...notDecremented(`${path}.collisionCount`, status?.collisionCount, previous?.collisionCount),
  ]
}
