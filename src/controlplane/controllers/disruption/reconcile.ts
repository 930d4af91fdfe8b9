import { type BudgetStatus, withDisruptionAllowed } from '../../../kube/disruption-allowed.ts'
import type { Pod, PodDisruptionBudget } from '../../../kube/objects.ts'
import { selectorGoText } from '../../../kube/selector-go-text.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { isReady } from '../runtime/pod-state.ts'
import { type ExpectedScale, expectedPods } from './expected-pods.ts'

/** A pod whose eviction was allowed and that is not going by then stays: disruption.go's DeletionTimeout. */
export const deletionTimeoutMs = 2 * 60_000

export interface ObservedBudget {
  readonly budget: PodDisruptionBudget
  /** Those that it selects. */
  readonly pods: readonly Pod[]
  /** Of budgets that need it. */
  readonly scale?: ExpectedScale
}

export interface BudgetEvent {
  /** Whom it is about: the budget itself unless said. */
  readonly pod?: Pod
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface BudgetPlan {
  readonly status: BudgetStatus
  readonly events: readonly BudgetEvent[]
  /** When a disruption is waited for no more (ms since the epoch). */
  readonly nextAt?: number
}

/** What a budget's status is by its pods; pure. */
export function reconcile({ budget, pods, scale }: ObservedBudget, now: number): BudgetPlan {
  const events: BudgetEvent[] = []
  if (pods.length === 0) events.push({ type: 'Normal', reason: 'NoPods', message: 'No matching pods found' })
  if (scale && scale.unmanaged.length > 0) events.push({ type: 'Warning', reason: 'UnmanagedPods', message: unmanagedText(budget) })
  const { expected, desired } = expectedPods(budget, pods.length, scale)
  const { disruptedPods, late, nextAt } = disruptedOf(budget, pods, now)
  const { name, namespace } = budget.metadata ?? {}
  const message = `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`
  for (const pod of late) events.push({ pod, type: 'Warning', reason: 'NotDeleted', message })
  const healthy = pods.filter((pod) => !pod.metadata?.deletionTimestamp && !Object.hasOwn(disruptedPods, pod.metadata?.name ?? '') && isReady(pod)).length
  const { generation } = budget.metadata ?? {}
  const { conditions } = budget.status ?? {}
  const status = {
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
    // Nothing is expected of a budget of no pods: its first ones are not free to go before they are counted.
    disruptionsAllowed: expected > 0 ? Math.max(0, healthy - desired) : 0,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    ...(conditions && { conditions }),
  } as BudgetStatus
  return { status: withDisruptionAllowed(status, timestamp(now)), events, ...(nextAt !== undefined && { nextAt }) }
}

/** The status of a budget that cannot be worked out: nothing may be disrupted. */
export function failed({ status }: PodDisruptionBudget, why: string, now: number): BudgetStatus {
  const kept = status ?? ({ currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } as BudgetStatus)
  return withDisruptionAllowed({ ...kept, disruptionsAllowed: 0 }, timestamp(now), why)
}

/** The pods that are about to go by what was allowed, those that should have gone, and until when the first is waited for. */
function disruptedOf({ status }: PodDisruptionBudget, pods: readonly Pod[], now: number) {
  const allowed = new Map(Object.entries(status?.disruptedPods ?? {}))
  const waiting = pods.flatMap((pod) => {
    const since = allowed.get(pod.metadata?.name ?? '')
    return since === undefined || pod.metadata?.deletionTimestamp ? [] : [{ pod, since, until: Date.parse(since) + deletionTimeoutMs }]
  })
  const inTime = waiting.filter(({ until }) => until > now)
  return {
    disruptedPods: Object.fromEntries(inTime.map(({ pod, since }) => [pod.metadata?.name ?? '', since])),
    late: waiting.filter(({ until }) => until <= now).map(({ pod }) => pod),
    nextAt: inTime.length > 0 ? inTime.map(({ until }) => until).reduce((a, b) => Math.min(a, b)) : undefined,
  }
}

const unmanagedText = ({ spec }: PodDisruptionBudget) =>
  `Pods selected by this PodDisruptionBudget (selector: ${selectorGoText(spec?.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`
