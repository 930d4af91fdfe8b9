import type { KubeObject } from '../../../../kube/objects.ts'
import { type FieldError, forbidden, invalid, notSupported } from '../../../../kube/validation/field-errors.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { defineKind } from '../kind.ts'

/** scheduling.k8s.io/v1 PriorityClass, as far as it is looked at here. */
export interface PriorityClass extends KubeObject {
  value?: number
  globalDefault?: boolean
  preemptionPolicy?: string
  description?: string
}

/** kube-apiserver: above it only the system's own classes are. */
const highestOfUsers = 1_000_000_000
export const preemptLower = 'PreemptLowerPriority'

const systemClass = (name: string, value: number, description: string): PriorityClass => ({
  metadata: { name },
  value,
  description,
  preemptionPolicy: preemptLower,
})

/** Made by every API server at its start. */
export const systemClasses: readonly PriorityClass[] = [
  systemClass('system-node-critical', 2_000_001_000, 'Used for system critical pods that must not be moved from their current node.'),
  systemClass(
    'system-cluster-critical',
    2_000_000_000,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ),
]

export const priorityClasses = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  resource: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
  shortNames: ['pc'],
  // It counts the first state only.
  generation: () => false,
  printer: printer<PriorityClass>(
    [column('Name'), column('Value', 0, 'integer'), column('Global-Default', 0, 'boolean'), column('Age'), column('PreemptionPolicy')],
    (object, now) => [nameOf(object), object.value ?? 0, object.globalDefault ?? false, ageOf(object, now), object.preemptionPolicy ?? ''],
  ),
  defaults(priorityClass) {
    priorityClass.preemptionPolicy ??= preemptLower
    // Go writes it even when it is 0.
    priorityClass.value ??= 0
  },
  validate: (priorityClass, previous) => (previous ? [] : [...validateName(priorityClass), ...validatePolicy(priorityClass)]),
  validateUpdate(next, previous) {
    const errors: FieldError[] = []
    if (next.value !== previous.value) errors.push(forbidden('value', 'may not be changed in an update.'))
    if (next.preemptionPolicy !== previous.preemptionPolicy) errors.push(invalid('preemptionPolicy', next.preemptionPolicy, 'field is immutable'))
    return errors
  },
})

function validateName({ metadata, value = 0, globalDefault }: PriorityClass): FieldError[] {
  const name = metadata?.name ?? ''
  if (!name.startsWith('system-'))
    return value > highestOfUsers ? [forbidden('value', `maximum allowed value of a user defined priority is ${highestOfUsers}`)] : []
  const own = systemClasses.find((each) => each.metadata?.name === name)
  const why =
    own === undefined
      ? `${name} is not a known system priority class`
      : own.value !== value
        ? `value of ${name} PriorityClass must be ${own.value}`
        : globalDefault
          ? `globalDefault of ${name} PriorityClass must be false`
          : undefined
  return why === undefined ? [] : [forbidden('metadata.name', `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`)]
}

function validatePolicy({ preemptionPolicy }: PriorityClass): FieldError[] {
  const policies = [preemptLower, 'Never']
  return preemptionPolicy === undefined || policies.includes(preemptionPolicy) ? [] : [notSupported('preemptionPolicy', preemptionPolicy, policies)]
}
