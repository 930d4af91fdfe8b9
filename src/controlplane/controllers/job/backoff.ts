import type { Pod } from '../../../kube/objects.ts'

// kube-controller-manager's DefaultJobPodFailureBackOff and MaxJobPodFailureBackOff.
const firstMs = 10_000
const longestMs = 10 * 60_000

/** Failures since the last success, and when the last of them was (ms since the epoch). */
export interface Backoff {
  readonly failures: number
  readonly last: number
}

export const noBackoff: Backoff = { failures: 0, last: 0 }

/** When the next pod may be made, ms since the epoch. */
export const mayCreateAt = ({ failures, last }: Backoff): number => (failures === 0 ? 0 : last + Math.min(firstMs * 2 ** Math.min(failures - 1, 20), longestMs))

/** With the pods that ended and were not counted before. */
export function nextBackoff(before: Backoff, succeeded: readonly Pod[], failed: readonly Pod[], now: number): Backoff {
  const success = Math.max(Number.NEGATIVE_INFINITY, ...succeeded.map((pod) => finishTimeOf(pod, now)))
  const times = failed.map((pod) => finishTimeOf(pod, now)).filter((time) => time > success)
  const failures = (succeeded.length > 0 ? 0 : before.failures) + times.length
  return { failures, last: Math.max(before.last, ...times) }
}

/** When the last of its containers ended; else when it was deleted, or found not ready. */
export function finishTimeOf({ metadata, status }: Pod, now: number): number {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  const ends = all.map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? '')).filter((time) => time > 0)
  if (ends.length > 0) return Math.max(...ends)
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const time = Date.parse((ready?.status === 'False' && ready.lastTransitionTime) || metadata?.deletionTimestamp || '')
  return Number.isNaN(time) ? now : Math.min(time, now)
}
