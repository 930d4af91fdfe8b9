import type { Deployment } from '../../../kube/objects.ts'
import { conditionOf, type DeploymentCondition, type DeploymentStatus, deadlineOf, newCondition, withCondition, without } from './conditions.ts'
import { maxUnavailableOf } from './limits.ts'
import { availableOf, type DraftSet, type Rollout, replicasOf, total } from './rollout.ts'

/** The counts and the condition Available, from what the sets say of themselves. */
export function countedStatus({ deployment, all, fresh, wanted }: Rollout, conditions: readonly DeploymentCondition[], now: number): DeploymentStatus {
  const available = total(all, availableOf)
  const actual = (sets: readonly DraftSet[]) => total(sets, ({ object }) => object.status?.replicas ?? 0)
  const terminating = all.map(({ object, isStored }) => (isStored ? object.status?.terminatingReplicas : 0))
  const enough = available >= wanted - maxUnavailableOf(deployment)
  const told = enough
    ? newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : newCondition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', now)
  const { collisionCount } = deployment.status ?? {}
  const counts = {
    replicas: actual(all),
    updatedReplicas: fresh ? actual([fresh]) : 0,
    readyReplicas: total(all, ({ object }) => object.status?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, replicasOf(all) - available),
  }
  return {
    observedGeneration: deployment.metadata?.generation ?? 0,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    ...(!terminating.includes(undefined) && { terminatingReplicas: terminating.reduce((sum: number, each) => sum + (each ?? 0), 0) }),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: [...withCondition(conditions, told)],
  }
}

export function isComplete({ spec, metadata }: Deployment, status: DeploymentStatus | undefined): boolean {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status ?? {}
  const wanted = spec?.replicas ?? 0
  return updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted && observedGeneration >= (metadata?.generation ?? 0)
}

/** The status of a rollout that goes on: the counts, and in the condition Progressing how it fares. */
export function rolloutStatus(rollout: Rollout, before: readonly DeploymentCondition[], now: number): DeploymentStatus {
  const { deployment, fresh } = rollout
  const status = countedStatus(rollout, before, now)
  const deadline = deadlineOf(deployment)
  const current = conditionOf(before, 'Progressing')
  let conditions: readonly DeploymentCondition[] = status.conditions ?? []
  if (deadline === undefined) conditions = without(conditions, 'Progressing')
  const isDone = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable'
  if (deadline !== undefined && !isDone) {
    const what = fresh ? `ReplicaSet "${fresh.object.metadata?.name}"` : `Deployment "${deployment.metadata?.name}"`
    if (isComplete(deployment, status))
      conditions = withCondition(conditions, newCondition('Progressing', 'True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`, now))
    else if (isProgressing(deployment.status ?? {}, status)) {
      const next = newCondition('Progressing', 'True', 'ReplicaSetUpdated', `${what} is progressing.`, now)
      const since = current?.status === 'True' ? current.lastTransitionTime : next.lastTransitionTime
      conditions = [...without(conditions, 'Progressing'), { ...next, lastTransitionTime: since }]
    } else if (isTimedOut(conditions, deadline, now))
      conditions = withCondition(conditions, newCondition('Progressing', 'False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`, now))
  }
  const failure = failureOf(rollout)
  conditions = failure ? withCondition(conditions, failure) : without(conditions, 'ReplicaFailure')
  return { ...status, conditions: [...conditions] }
}

function isProgressing(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) => replicas - updatedReplicas
  const more = (field: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas') => (now[field] ?? 0) > (before[field] ?? 0)
  return more('updatedReplicas') || old(now) < old(before) || more('readyReplicas') || more('availableReplicas')
}

function isTimedOut(conditions: readonly DeploymentCondition[], deadline: number, now: number): boolean {
  const condition = conditionOf(conditions, 'Progressing')
  if (!condition || condition.reason === 'NewReplicaSetAvailable') return false
  if (condition.reason === 'ProgressDeadlineExceeded') return true
  return Date.parse(condition.lastUpdateTime ?? '') + deadline * 1000 < now
}

/** What keeps the new set's pods from being made, or else an old one's. */
function failureOf({ fresh, old }: Rollout): DeploymentCondition | undefined {
  for (const set of fresh ? [fresh, ...old] : old) {
    const failure = set.object.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
    if (failure) return { ...failure, lastUpdateTime: failure.lastTransitionTime } as DeploymentCondition
  }
  return undefined
}

/** When a rollout that does not go on is late, in ms since the epoch; undefined when none is waited for. */
export function lateAt(deployment: Deployment, status: DeploymentStatus): number | undefined {
  const deadline = deadlineOf(deployment)
  const condition = conditionOf(status.conditions ?? [], 'Progressing')
  // One that was rolled out once is never late, however it is scaled: its condition stays as old as it is.
  const isOver = condition?.reason === 'ProgressDeadlineExceeded' || condition?.reason === 'NewReplicaSetAvailable'
  if (deadline === undefined || !condition || isOver || isComplete(deployment, status)) return undefined
  // A second later, as there: the time of a condition is a whole second.
  return Date.parse(condition.lastUpdateTime ?? '') + (deadline + 1) * 1000
}
