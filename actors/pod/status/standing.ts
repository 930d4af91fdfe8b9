import type { Pod, PodCondition, PodStatus } from '../../../src/kube/objects.ts'

const isTerminal = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed'

/**
 * The pod with what was last said of it: our own last report may be newer than what the API server has sent back, and is what the next one
 * follows from (times of transitions, ids of containers). What others wrote stays: their conditions, and a phase that ends the pod.
 */
export function withStanding(pod: Pod, last: PodStatus | undefined): Pod {
  if (!last) return pod
  const theirs = pod.status
  const ended = isTerminal(theirs?.phase) && !isTerminal(last.phase) ? { phase: theirs?.phase, reason: theirs?.reason, message: theirs?.message } : {}
  const own = new Set(last.conditions?.map(({ type }) => type))
  const conditions: PodCondition[] = [...(last.conditions ?? []), ...(theirs?.conditions ?? []).filter(({ type }) => !own.has(type))]
  return { ...pod, status: { ...theirs, ...last, ...ended, conditions } }
}
