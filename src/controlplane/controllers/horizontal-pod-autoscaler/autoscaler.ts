import type { HorizontalPodAutoscaler } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'

export type Autoscaler = HorizontalPodAutoscaler
export type AutoscalerSpec = NonNullable<HorizontalPodAutoscaler['spec']>
export type AutoscalerStatus = NonNullable<HorizontalPodAutoscaler['status']>
export type MetricSpec = NonNullable<AutoscalerSpec['metrics']>[number]
export type MetricStatus = NonNullable<AutoscalerStatus['currentMetrics']>[number]
export type Behaviour = NonNullable<AutoscalerSpec['behavior']>
export type ScalingRules = NonNullable<Behaviour['scaleUp']>
type Condition = NonNullable<AutoscalerStatus['conditions']>[number]

/** A condition as it is to be. */
export interface Said {
  readonly type: 'AbleToScale' | 'ScalingActive' | 'ScalingLimited'
  readonly is: boolean
  readonly reason: string
  readonly message: string
}

export interface AutoscalerEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export const warning = (reason: string, message: string): AutoscalerEvent => ({ type: 'Warning', reason, message })

/** The conditions with one of them as it is said now. */
export function withCondition(conditions: readonly Condition[], { type, is, reason, message }: Said, now: number): Condition[] {
  const before = conditions.find((condition) => condition.type === type)
  const status = is ? 'True' : 'False'
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(now)
  const next = { type, status, ...(lastTransitionTime && { lastTransitionTime }), reason, message } as Condition
  return before ? conditions.map((condition) => (condition === before ? next : condition)) : [...conditions, next]
}

// math.MaxInt32: more than that no replica count is.
const mostReplicas = 2 ** 31 - 1

/** A number of replicas from a calculation, rounded up. */
export const wholeReplicas = (replicas: number): number => Math.min(mostReplicas, Math.ceil(replicas))
