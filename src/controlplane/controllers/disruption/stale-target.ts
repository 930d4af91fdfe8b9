import type { Pod, PodCondition } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'

// disruption.go's stalePodDisruptionTimeout.
const timeoutMs = 2 * 60_000

/** When a pod's condition DisruptionTarget means nothing any more, since the pod did not go (ms since the epoch); undefined for one that has none or keeps it. */
export function staleAt({ metadata, status }: Pod): number | undefined {
  const condition = status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
  if (metadata?.deletionTimestamp || condition?.status !== 'True') return undefined
  // What a kubelet says may take as long as it likes, and a pod that has ended needs no update.
  if (condition.reason === 'TerminationByKubelet' || status?.phase === 'Succeeded' || status?.phase === 'Failed') return undefined
  return (condition.lastTransitionTime ? Date.parse(condition.lastTransitionTime) : 0) + timeoutMs
}

/** The conditions of a pod that is no target any more. */
export function withoutTarget({ metadata, status }: Pod, now: number): PodCondition[] {
  const none = {
    type: 'DisruptionTarget',
    ...(metadata?.generation !== undefined && { observedGeneration: metadata.generation }),
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: timestamp(now),
  } as unknown as PodCondition
  return (status?.conditions ?? []).map((condition) => (condition.type === 'DisruptionTarget' ? none : condition))
}
