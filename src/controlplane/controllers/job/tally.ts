import type { Job, Pod } from '../../../kube/objects.ts'
import { isActive, isReady, isTerminating } from '../runtime/pod-state.ts'
import type { JobStatus } from './conditions.ts'
import { judgeFailure, type Verdict } from './failure-policy.ts'
import { indexesOf, indexOf } from './indexes.ts'
import { failureCountAnnotation, ignoredCountAnnotation, trackingFinalizer } from './pod-of.ts'

/** What a Job's pods come to, with what its status counted before. */
export interface Tally {
  readonly active: readonly Pod[]
  readonly terminating: readonly Pod[]
  readonly ready: number
  readonly tracked: readonly Pod[]
  /** Ended since, and in no count yet. */
  readonly newSucceeded: readonly Pod[]
  readonly newFailed: readonly Pod[]
  readonly succeeded: number
  readonly failed: number
  /** Of an indexed Job. */
  readonly done: ReadonlySet<number>
  readonly failedIndexes: ReadonlySet<number>
  /** By index, of a Job with a limit per index: the failed pod from which the next one takes its count. */
  readonly lastFailed: ReadonlyMap<number, Pod>
  judge(pod: Pod): Verdict
}

export const isTracked = ({ metadata }: Pod): boolean => metadata?.finalizers?.includes(trackingFinalizer) === true
export const isIndexed = ({ spec }: Job): boolean => spec?.completionMode === 'Indexed'
export const replacesFailedOnly = ({ spec }: Job): boolean => spec?.podReplacementPolicy === 'Failed'

/** One that is going counts as failed at once, unless the Job waits for the end of its pods. What was never on a node has no end. */
export function isFailed(job: Job, { metadata, spec, status }: Pod): boolean {
  if (status?.phase === 'Failed') return true
  if (status?.phase === 'Succeeded' || !metadata?.deletionTimestamp) return false
  return !replacesFailedOnly(job) || !spec?.nodeName
}

/** The status with what was being counted counted, for all pods that have let go. */
export function settle(status: JobStatus, pods: readonly Pod[]): JobStatus {
  const held = new Set(pods.filter(isTracked).map(({ metadata }) => metadata?.uid))
  const rest = (uids: readonly string[] = []) => uids.filter((uid) => held.has(uid))
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const [still, stillFailed] = [rest(succeeded), rest(failed)]
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - still.length,
    failed: (status.failed ?? 0) + failed.length - stillFailed.length,
    uncountedTerminatedPods: { ...(still.length > 0 && { succeeded: still }), ...(stillFailed.length > 0 && { failed: stillFailed }) },
  }
}

/** Counts, given a settled status. */
export function tally(job: Job, status: JobStatus, pods: readonly Pod[]): Tally {
  const { completions = 0 } = job.spec ?? {}
  const verdicts = new Map<Pod, Verdict>()
  const judge = (pod: Pod) => {
    const known = verdicts.get(pod) ?? judgeFailure(job, pod)
    verdicts.set(pod, known)
    return known
  }
  const { succeeded: counting = [], failed: countingFailed = [] } = status.uncountedTerminatedPods ?? {}
  const known = new Set([...counting, ...countingFailed])
  const tracked = pods.filter(isTracked)
  const fresh = tracked.filter(({ metadata }) => !known.has(metadata?.uid ?? ''))
  const belongs = (pod: Pod) => !isIndexed(job) || indexOf(pod, completions) !== undefined
  const newSucceeded = fresh.filter((pod) => pod.status?.phase === 'Succeeded' && belongs(pod))
  const newFailed = fresh.filter((pod) => isFailed(job, pod) && belongs(pod))
  const done = isIndexed(job) ? indexesOf(status.completedIndexes, completions) : new Set<number>()
  if (isIndexed(job)) for (const pod of newSucceeded) done.add(indexOf(pod, completions) ?? -1)
  const active = pods.filter(isActive)
  const counted = newFailed.filter((pod) => judge(pod).action !== 'Ignore').length
  return {
    active,
    terminating: pods.filter(isTerminating),
    ready: active.filter(isReady).length,
    tracked,
    newSucceeded,
    newFailed,
    succeeded: isIndexed(job) ? done.size : (status.succeeded ?? 0) + counting.length + newSucceeded.length,
    failed: (status.failed ?? 0) + countingFailed.length + counted,
    done,
    ...perIndex(job, status, tracked, done, judge),
    judge,
  }
}

const countOf = ({ metadata }: Pod, annotation: string): number => Number.parseInt(metadata?.annotations?.[annotation] ?? '0', 10) || 0

/** How often an index has failed, with this failure of one of its pods. */
export function failuresWith(pod: Pod, { action }: Verdict): { readonly failures: number; readonly ignored: number } {
  const ignores = action === 'Ignore'
  return { failures: countOf(pod, failureCountAnnotation) + (ignores ? 0 : 1), ignored: countOf(pod, ignoredCountAnnotation) + (ignores ? 1 : 0) }
}

function perIndex(job: Job, status: JobStatus, tracked: readonly Pod[], done: ReadonlySet<number>, judge: (pod: Pod) => Verdict) {
  const { backoffLimitPerIndex: limit, completions = 0 } = job.spec ?? {}
  const lastFailed = new Map<number, Pod>()
  if (limit === undefined) return { failedIndexes: new Set<number>(), lastFailed }
  const failedIndexes = indexesOf(status.failedIndexes, completions)
  const times = (pod: Pod) => countOf(pod, failureCountAnnotation) + countOf(pod, ignoredCountAnnotation)
  for (const pod of tracked) {
    const index = indexOf(pod, completions)
    if (index === undefined || done.has(index) || !isFailed(job, pod)) continue
    const { action } = judge(pod)
    if (action === 'FailIndex' || (action !== 'Ignore' && countOf(pod, failureCountAnnotation) >= limit)) failedIndexes.add(index)
    const before = lastFailed.get(index)
    if (!before || times(before) <= times(pod)) lastFailed.set(index, pod)
  }
  return { failedIndexes, lastFailed }
}
