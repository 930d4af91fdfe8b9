import type { Pod, PodCondition } from '../../../kube/objects.ts'

/** However its containers ended: it does not start again. */
export const hasEnded = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

/** Neither ended nor going. */
export const isActive = (pod: Pod): boolean => !hasEnded(pod) && !pod.metadata?.deletionTimestamp

/** Going, and not ended yet. */
export const isTerminating = (pod: Pod): boolean => !hasEnded(pod) && pod.metadata?.deletionTimestamp !== undefined

export const readyCondition = ({ status }: Pod): PodCondition | undefined => status?.conditions?.find(({ type }) => type === 'Ready')

export const isReady = (pod: Pod): boolean => readyCondition(pod)?.status === 'True'

/** When a ready pod has been ready for so long (ms since the epoch); undefined for one that is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): number | undefined {
  const ready = readyCondition(pod)
  if (ready?.status !== 'True') return undefined
  if (minReadySeconds === 0) return Number.NEGATIVE_INFINITY
  return ready.lastTransitionTime ? Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 : Number.POSITIVE_INFINITY
}
