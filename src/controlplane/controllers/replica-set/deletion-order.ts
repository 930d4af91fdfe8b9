import type { Pod } from '../../../kube/objects.ts'
import { isActive, isReady, readyCondition } from '../runtime/pod-state.ts'

/** kube-controller-manager's ActivePodsWithRanks: which of a set's pods go first. `related` are the pods of all sets with the same owner: crowded nodes lose theirs first. */
export function inOrderOfDeletion(pods: readonly Pod[], related: Iterable<Pod>, now: number): Pod[] {
  const onNode = new Map<string, number>()
  for (const pod of related) if (isActive(pod)) onNode.set(nodeOf(pod), (onNode.get(nodeOf(pod)) ?? 0) + 1)
  const rules: readonly ((a: Pod, b: Pod) => number)[] = [
    by((pod) => (nodeOf(pod) === '' ? 0 : 1)),
    by((pod) => phases.indexOf(pod.status?.phase ?? '')),
    by((pod) => (isReady(pod) ? 1 : 0)),
    by(deletionCost),
    by((pod) => -(onNode.get(nodeOf(pod)) ?? 0)),
    (a, b) => (isReady(a) && isReady(b) ? newerFirst(readySince(a), readySince(b), a, b, now) : 0),
    by((pod) => -mostRestarts(pod)),
    (a, b) => newerFirst(createdAt(a), createdAt(b), a, b, now),
  ]
  return pods.toSorted((a, b) => {
    for (const rule of rules) {
      const order = rule(a, b)
      if (order !== 0) return order
    }
    return 0
  })
}

const phases = ['Pending', 'Unknown', 'Running']
const nodeOf = (pod: Pod) => pod.spec?.nodeName ?? ''
const readySince = (pod: Pod) => Date.parse(readyCondition(pod)?.lastTransitionTime ?? '')
const createdAt = (pod: Pod) => Date.parse(pod.metadata?.creationTimestamp ?? '')
const by = (rank: (pod: Pod) => number) => (a: Pod, b: Pod) => rank(a) - rank(b)

/** `controller.kubernetes.io/pod-deletion-cost`, an int32; one that is none is 0. */
function deletionCost({ metadata }: Pod): number {
  const text = metadata?.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? ''
  const cost = /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : 0
}

function mostRestarts({ status }: Pod): number {
  return Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount))
}

/** Times are compared by the power of two of their age, so that pods of about one age go in the order of their uids, which is as good as at random. A time that is not there is the newest. */
function newerFirst(a: number, b: number, podA: Pod, podB: Pod, now: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
  if (a === b) return 0
  const order = logarithm(now - a) - logarithm(now - b)
  if (order !== 0) return order
  return (podA.metadata?.uid ?? '') < (podB.metadata?.uid ?? '') ? -1 : 1
}

// Of nanoseconds, as there; what is to come is of age 0.
const logarithm = (ageMs: number) => (ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1e6)))
