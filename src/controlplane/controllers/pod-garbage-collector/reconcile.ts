import type { Node, Pod } from '../../../kube/objects.ts'
import { readyCondition } from '../runtime/node-state.ts'

export interface ObservedPods {
  readonly pods: Iterable<Pod>
  nodeOf(name: string): Node | undefined
  /** Nodes that have been away for long enough to be believed. */
  readonly lostNodes: ReadonlySet<string>
  /** How many pods that have ended may stay; none is taken for it at 0. */
  readonly threshold: number
}

export interface Removal {
  readonly pod: Pod
  /** What the pod says of it, beside that it failed. */
  readonly disruption?: { readonly reason: string; readonly message: string }
}

export const outOfService = 'node.kubernetes.io/out-of-service'
const orphaned = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' }

/** Which pods nobody else takes away, and what they say of it; pure. Source: kube-controller-manager's pod-garbage-collector. */
export function condemned({ pods, nodeOf, lostNodes, threshold }: ObservedPods): Removal[] {
  const ended: Pod[] = []
  const going: Pod[] = []
  const stranded: Pod[] = []
  const unscheduled: Pod[] = []
  for (const pod of pods) {
    const { nodeName } = pod.spec ?? {}
    if (hasEnded(pod)) ended.push(pod)
    if (!nodeName) {
      if (pod.metadata?.deletionTimestamp) unscheduled.push(pod)
    } else if (lostNodes.has(nodeName)) stranded.push(pod)
    else if (pod.metadata?.deletionTimestamp && isOutOfService(nodeOf(nodeName))) going.push(pod)
  }
  const surplus = threshold > 0 && ended.length > threshold ? ended.sort(evictedAndOldFirst).slice(0, ended.length - threshold) : []
  const removals: Removal[] = [
    ...[...surplus, ...going.sort(evictedAndOldFirst)].map((pod) => ({ pod })),
    ...stranded.map((pod) => ({ pod, disruption: orphaned })),
    ...unscheduled.map((pod) => ({ pod })),
  ]
  const seen = new Set<Pod>()
  return removals.filter(({ pod }) => !seen.has(pod) && seen.add(pod) && !isDoneWith(pod))
}

export const hasEnded = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

/** Whether someone vouches for it that nothing runs on the node: only then is what it does not say taken for ended. */
export const isOutOfService = (node: Node | undefined): boolean =>
  node !== undefined && readyCondition(node)?.status !== 'True' && (node.spec?.taints ?? []).some(({ key }) => key === outOfService)

/** It has ended and was told to go at once: who holds it by a finalizer is waited for. */
const isDoneWith = (pod: Pod) => hasEnded(pod) && pod.metadata?.deletionTimestamp !== undefined && pod.metadata.deletionGracePeriodSeconds === 0

const isEvicted = ({ status }: Pod) => status?.phase === 'Failed' && status.reason === 'Evicted'

function evictedAndOldFirst(one: Pod, other: Pod): number {
  if (isEvicted(one) !== isEvicted(other)) return isEvicted(one) ? -1 : 1
  const made = ({ metadata }: Pod) => Date.parse(metadata?.creationTimestamp ?? '') || 0
  return made(one) - made(other) || ((one.metadata?.name ?? '') < (other.metadata?.name ?? '') ? -1 : 1)
}
