import { own } from '../../../base/own.ts'
import { isEmptySelector, selectorMatches } from '../../../kube/label-selector.ts'
import type { PodDisruptionBudget } from '../../../kube/objects.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

/** Who of the pods would go against a disruption budget if they all went, in their order, and who would not. */
export function byBudgets(pods: readonly PodInfo[], budgetsOf: (namespace: string) => Iterable<PodDisruptionBudget>) {
  const allowed = new Map<PodDisruptionBudget, number>()
  const violating: PodInfo[] = []
  const others: PodInfo[] = []
  for (const pod of pods) {
    let isViolating = false
    for (const budget of budgetsOf(pod.namespace)) {
      const { spec, status } = budget
      if (!spec?.selector || isEmptySelector(spec.selector) || !selectorMatches(spec.selector, pod.labels)) continue
      // It is counted already.
      if (own(status?.disruptedPods, pod.pod.metadata?.name ?? '') !== undefined) continue
      const left = (allowed.get(budget) ?? status?.disruptionsAllowed ?? 0) - 1
      allowed.set(budget, left)
      isViolating ||= left < 0
    }
    ;(isViolating ? violating : others).push(pod)
  }
  return { violating, others }
}
