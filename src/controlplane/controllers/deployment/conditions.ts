import type { Deployment } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'

export type DeploymentStatus = NonNullable<Deployment['status']>
export type DeploymentCondition = NonNullable<DeploymentStatus['conditions']>[number]
type Type = 'Progressing' | 'Available' | 'ReplicaFailure'

export const conditionOf = (conditions: readonly DeploymentCondition[], type: Type): DeploymentCondition | undefined =>
  conditions.find((condition) => condition.type === type)

export const newCondition = (type: Type, status: 'True' | 'False' | 'Unknown', reason: string, message: string, now: number): DeploymentCondition => ({
  type,
  status,
  lastUpdateTime: timestamp(now),
  lastTransitionTime: timestamp(now),
  reason,
  message,
})

export const without = (conditions: readonly DeploymentCondition[], type: Type): readonly DeploymentCondition[] =>
  conditions.filter((condition) => condition.type !== type)

/** With this condition in place of the one of its type; one of the same status and reason stays as it is. */
export function withCondition(conditions: readonly DeploymentCondition[], next: DeploymentCondition): readonly DeploymentCondition[] {
  const before = conditions.find(({ type }) => type === next.type)
  if (before && before.status === next.status && before.reason === next.reason) return conditions
  const since = before?.status === next.status ? before.lastTransitionTime : next.lastTransitionTime
  return [...without(conditions, next.type as Type), { ...next, lastTransitionTime: since }]
}

// No deadline: math.MaxInt32, kubectl's way to say so.
const never = 2 ** 31 - 1

export function deadlineOf({ spec }: Deployment): number | undefined {
  const seconds = spec?.progressDeadlineSeconds
  return seconds === undefined || seconds === never ? undefined : seconds
}
