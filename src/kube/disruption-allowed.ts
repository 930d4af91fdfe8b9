import type { PodDisruptionBudget } from './objects.ts'

export type BudgetStatus = NonNullable<PodDisruptionBudget['status']>
type Condition = NonNullable<BudgetStatus['conditions']>[number]

const type = 'DisruptionAllowed'

export const disruptionAllowed = (status: BudgetStatus | undefined): Condition | undefined => status?.conditions?.find((condition) => condition.type === type)

/** The status with its condition DisruptionAllowed as its numbers say, or as it could not be worked out (`failure`). `time` is when it changes. */
export function withDisruptionAllowed(status: BudgetStatus, time: string, failure?: string): BudgetStatus {
  const before = disruptionAllowed(status)
  const isAllowed = failure === undefined && (status.disruptionsAllowed ?? 0) > 0
  const is = isAllowed ? 'True' : 'False'
  const next = {
    type,
    status: is,
    ...(status.observedGeneration !== undefined && { observedGeneration: status.observedGeneration }),
    lastTransitionTime: before?.status === is ? before.lastTransitionTime : time,
    reason: failure !== undefined ? 'SyncFailed' : isAllowed ? 'SufficientPods' : 'InsufficientPods',
    message: failure ?? '',
  } as Condition
  const conditions = status.conditions ?? []
  return { ...status, conditions: before ? conditions.map((condition) => (condition === before ? next : condition)) : [...conditions, next] }
}
