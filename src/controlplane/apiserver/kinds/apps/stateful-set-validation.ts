import { isDeepStrictEqual } from 'node:util'
import type { StatefulSet } from '../../../../kube/objects.ts'
import { append, type FieldError, forbidden, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import { validateAnnotations, validateLabels, validateName } from '../../../../kube/validation/names.ts'
import {
  nonNegative,
  nonNegativeFields,
  notAboveAll,
  notDecremented,
  notMoreThan,
  numberOrPercent,
  validateIntOrPercent,
} from '../../../../kube/validation/number-validation.ts'
import { validateLastingTemplate, validateOwnSelector, validateTemplateLabels } from '../../../../kube/validation/pod-template-validation.ts'

type Spec = NonNullable<StatefulSet['spec']>
type Status = NonNullable<StatefulSet['status']>

/** Rules and words of pkg/apis/apps/validation. Of the template only labels are checked, as upstream does: its volumes are not all there yet. */
export function validateStatefulSetSpec(path: string, spec: Spec | undefined): FieldError[] {
  const errors: FieldError[] = []
  const management = spec?.podManagementPolicy
  if (!management) errors.push(required(`${path}.podManagementPolicy`))
  else if (!['OrderedReady', 'Parallel'].includes(management))
    errors.push(invalid(`${path}.podManagementPolicy`, management, "must be 'OrderedReady' or 'Parallel'"))
  append(errors, validateStrategy(`${path}.updateStrategy`, spec?.updateStrategy))
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const policy = spec?.persistentVolumeClaimRetentionPolicy?.[field]
    if (spec?.persistentVolumeClaimRetentionPolicy && policy !== 'Retain' && policy !== 'Delete')
      errors.push(notSupportedInOrder(`${path}.persistentVolumeClaimRetentionPolicy.${field}`, policy ?? '', ['Retain', 'Delete']))
  }
  append(errors, nonNegativeFields(path, spec, ['replicas', 'minReadySeconds']))
  append(errors, nonNegative(`${path}.ordinals.start`, spec?.ordinals?.start))
  append(errors, validateOwnSelector(`${path}.selector`, spec?.selector, 'statefulset', ''))
  append(errors, validateTemplateLabels(`${path}.template`, spec?.selector, spec?.template))
  append(errors, validateLabels(`${path}.template.labels`, spec?.template?.metadata?.labels))
  append(errors, validateAnnotations(`${path}.template.annotations`, spec?.template?.metadata?.annotations))
  append(errors, validateLastingTemplate(`${path}.template`, spec?.template, 'StatefulSet'))
  return errors
}

/** The service of a new one must be one that can be there. */
export const validateServiceName = (path: string, spec: Spec | undefined): FieldError[] =>
  spec?.serviceName ? validateName(`${path}.serviceName`, spec.serviceName, 'label') : []

function validateStrategy(path: string, strategy: Spec['updateStrategy']): FieldError[] {
  const rolling = strategy?.rollingUpdate
  switch (strategy?.type) {
    case undefined:
    case '':
      return [required(path)]
    case 'OnDelete':
      return rolling ? [invalid(`${path}.rollingUpdate`, rolling, "only allowed for updateStrategy 'RollingUpdate'")] : []
    case 'RollingUpdate':
      return rolling ? validateRolling(`${path}.rollingUpdate`, rolling) : []
    default:
      return [invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")]
  }
}

function validateRolling(path: string, { partition, maxUnavailable }: NonNullable<NonNullable<Spec['updateStrategy']>['rollingUpdate']>): FieldError[] {
  const errors = nonNegative(`${path}.partition`, partition)
  if (maxUnavailable === undefined) return errors
  append(errors, validateIntOrPercent(`${path}.maxUnavailable`, maxUnavailable))
  if (numberOrPercent(maxUnavailable) === 0) errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'cannot be 0'))
  return [...errors, ...notAboveAll(`${path}.maxUnavailable`, maxUnavailable)]
}

// What an update may change.
function fixed(spec: Spec | undefined): object {
  const {
    replicas: _replicas,
    template: _template,
    updateStrategy: _strategy,
    minReadySeconds: _seconds,
    ordinals: _ordinals,
    revisionHistoryLimit: _limit,
    persistentVolumeClaimRetentionPolicy: _policy,
    ...rest
  } = spec ?? ({} as Spec)
  return rest
}

/** What an update of a spec may not change. */
export const validateStatefulSetUpdate = (path: string, next: Spec | undefined, previous: Spec | undefined): FieldError[] =>
  isDeepStrictEqual(fixed(next), fixed(previous))
    ? []
    : [
        forbidden(
          path,
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      ]

/** The mistakes of a status that a controller writes. */
export function validateStatefulSetStatus(path: string, status: Status | undefined, previous: Status | undefined): FieldError[] {
  const limited = (field: 'readyReplicas' | 'currentReplicas' | 'updatedReplicas' | 'availableReplicas') =>
    notMoreThan(`${path}.${field}`, status?.[field], status?.replicas, 'status.replicas')
  return [
    ...nonNegativeFields(path, status, [
      'replicas',
      'readyReplicas',
      'currentReplicas',
      'updatedReplicas',
      'availableReplicas',
      'observedGeneration',
      'collisionCount',
    ]),
    ...limited('readyReplicas'),
    ...limited('currentReplicas'),
    ...limited('updatedReplicas'),
    ...limited('availableReplicas'),
    ...notMoreThan(`${path}.availableReplicas`, status?.availableReplicas, status?.readyReplicas, 'status.readyReplicas'),
    ...notDecremented(`${path}.collisionCount`, status?.collisionCount, previous?.collisionCount),
  ]
}
