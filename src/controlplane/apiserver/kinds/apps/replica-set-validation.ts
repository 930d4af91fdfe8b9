import type { LabelSelector, PodTemplateSpec, ReplicaSet } from '../../../../kube/objects.ts'
import type { FieldError } from '../../../../kube/validation/field-errors.ts'
import { nonNegativeFields, notMoreThan } from '../../../../kube/validation/number-validation.ts'
import {
  validateLastingTemplate,
  validateOwnSelector,
  validatePodTemplate,
  validateTemplateLabels,
} from '../../../../kube/validation/pod-template-validation.ts'

type Status = NonNullable<ReplicaSet['status']>

/** The selector and the template of a Deployment or a ReplicaSet. Messages say what upstream's say: of a ReplicaSet too, "deployment" of the selector. */
export function validateTemplateOfReplicas(
  path: string,
  spec: { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec } | undefined,
): FieldError[] {
  const { selector, template } = spec ?? {}
  return [
    ...validateOwnSelector(`${path}.selector`, selector, 'deployment', 'invalid label selector'),
    ...validateTemplateLabels(`${path}.template`, selector, template),
    ...validatePodTemplate(`${path}.template`, template),
    ...validateLastingTemplate(`${path}.template`, template, 'ReplicaSet'),
  ]
}

/** Rules and words of pkg/apis/apps/validation. */
export const validateReplicaSetSpec = (path: string, spec: ReplicaSet['spec']): FieldError[] => [
  ...nonNegativeFields(path, spec, ['replicas', 'minReadySeconds']),
  ...validateTemplateOfReplicas(path, spec),
]

/** The mistakes of a status that a controller writes, of a ReplicationController too. */
export function validateReplicaSetStatus(path: string, status: Status | undefined): FieldError[] {
  const limited = (field: 'fullyLabeledReplicas' | 'readyReplicas' | 'availableReplicas') =>
    notMoreThan(`${path}.${field}`, status?.[field], status?.replicas, 'status.replicas')
  return [
    ...nonNegativeFields(path, status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration', 'terminatingReplicas']),
    ...limited('fullyLabeledReplicas'),
    ...limited('readyReplicas'),
    ...limited('availableReplicas'),
    ...notMoreThan(`${path}.availableReplicas`, status?.availableReplicas, status?.readyReplicas, 'readyReplicas'),
  ]
}
