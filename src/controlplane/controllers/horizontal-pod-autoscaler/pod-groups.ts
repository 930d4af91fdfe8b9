import type { Pod } from '../../../kube/objects.ts'
import { readyCondition } from '../runtime/pod-state.ts'

/** What a pod uses, in thousandths of the unit. */
export interface PodMetric {
  readonly value: number
  /** When it was measured (ms since the epoch), and over how long before. */
  readonly at: number
  readonly windowMs: number
}

/** By name of the pod. */
export type PodMetrics = ReadonlyMap<string, PodMetric>

export interface PodGroups {
  /** How many count with what they use. */
  readonly ready: number
  /** Not begun, or too young for what they use of a CPU to mean anything. */
  readonly unready: ReadonlySet<string>
  readonly missing: ReadonlySet<string>
  /** Going or ended. */
  readonly ignored: ReadonlySet<string>
}

// kube-controller-manager's --horizontal-pod-autoscaler-cpu-initialization-period and --horizontal-pod-autoscaler-initial-readiness-delay.
const cpuInitializationMs = 5 * 60_000
const initialReadinessDelayMs = 30_000

/** Sorts the pods of a target by whether their metrics count. `resource` is undefined for metrics that are no resource. */
export function groupPods(pods: readonly Pod[], metrics: PodMetrics, resource: string | undefined, now: number): PodGroups {
  const groups = { unready: new Set<string>(), missing: new Set<string>(), ignored: new Set<string>() }
  let ready = 0
  for (const pod of pods) {
    const name = pod.metadata?.name ?? ''
    const group = groupOf(pod, metrics.get(name), resource, now)
    if (group === 'ready') ready++
    else groups[group].add(name)
  }
  return { ready, ...groups }
}

function groupOf(pod: Pod, metric: PodMetric | undefined, resource: string | undefined, now: number): 'ready' | keyof Omit<PodGroups, 'ready'> {
  const { phase } = pod.status ?? {}
  if (pod.metadata?.deletionTimestamp || phase === 'Succeeded' || phase === 'Failed') return 'ignored'
  if (phase === 'Pending') return 'unready'
  if (!metric) return 'missing'
  return resource === 'cpu' && isTooYoung(pod, metric, now) ? 'unready' : 'ready'
}

/** A pod that starts uses more of a CPU than it will. */
function isTooYoung(pod: Pod, metric: PodMetric, now: number): boolean {
  const ready = readyCondition(pod)
  const { startTime } = pod.status ?? {}
  if (!ready || startTime === undefined) return true
  const started = Date.parse(startTime)
  const changed = ready.lastTransitionTime ? Date.parse(ready.lastTransitionTime) : 0
  const isUnready = ready.status === 'False'
  if (started + cpuInitializationMs > now) return isUnready || metric.at < changed + metric.windowMs
  // It has never been ready.
  return isUnready && started + initialReadinessDelayMs > changed
}
