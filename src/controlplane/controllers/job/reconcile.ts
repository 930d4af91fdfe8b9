import type { Job, Pod } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { type Backoff, nextBackoff } from './backoff.ts'
import { condition, finishOf, isSuspended, type JobCondition, type JobStatus } from './conditions.ts'
import { completionsReached, deadlineOf, type Goal, goalOf } from './goal.ts'
import { indexText } from './indexes.ts'
import { type Manage, manage } from './manage.ts'
import { isIndexed, isTracked, settle, type Tally, tally } from './tally.ts'

export interface ObservedJob {
  readonly job: Job
  /** Those that it manages, ended ones too. */
  readonly pods: readonly Pod[]
  /** Whether all pods that were made have been seen. */
  readonly settled: boolean
  readonly backoff: Backoff
}

export interface JobEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface JobPlan extends Manage {
  /** Whether removed pods let go first, so that they count as nothing. */
  readonly uncounted: boolean
  /** To write before pods let go; `active` is without what is made and removed now. Undefined: as it is. */
  readonly status: JobStatus | undefined
  /** Pods that let go of their finalizer once the status is written. */
  readonly letGo: readonly Pod[]
  /** To tell once the status is written. */
  readonly events: readonly JobEvent[]
  /** To remember once the status is written. */
  readonly backoff: Backoff
}

// kube-controller-manager's MaxUncountedPods.
const most = 500

/**
 * What a Job needs now. Every pod is counted once: its uid is in the status before its finalizer goes, and is turned into a number after. What is finished
 * never makes a pod again.
 */
export function reconcile({ job, pods, settled, backoff: before }: ObservedJob, now: number): JobPlan {
  const idle = { create: [], remove: [], uncounted: false, status: undefined, events: [], backoff: before }
  if (finishOf(job) || job.metadata?.deletionTimestamp) return { ...idle, letGo: pods.filter(isTracked) }
  const status = settle(job.status ?? {}, pods)
  const counts = tally(job, status, pods)
  const backoff = nextBackoff(before, counts.newSucceeded, counts.newFailed, now)
  const { events, ...suspension } = suspend(job, status, now)
  const decided = goalOf(job, suspension.startTime, counts, now)
  const managed: Manage = decided ? { create: [], remove: counts.active } : settled ? manage(job, counts, backoff, now) : { create: [], remove: [] }
  const goal = decided ?? (isComplete(job, counts) ? completionsReached : undefined)
  const letGo = lettingGo(job, counts, goal).slice(0, most)
  const { startTime: _startTime, ...base } = status
  const next: JobStatus = { ...base, ...suspension, ...written(job, status, counts, letGo) }
  const end = goal && reach(next, goal, settled ? leftOf(counts, managed) : 1, now)
  const times = [deadlineOf(job, suspension.startTime), managed.nextAt].filter((time) => time !== undefined && time > now) as number[]
  return {
    create: managed.create,
    remove: managed.remove,
    uncounted: decided === undefined,
    status: end?.status ?? next,
    letGo,
    events: [...events, ...(end?.events ?? [])],
    backoff,
    ...(times.length > 0 && !end?.isOver && { nextAt: Math.min(...times) }),
  }
}

/** `startTime` and the condition `Suspended`: the time that a Job is suspended does not count. */
function suspend(job: Job, status: JobStatus, now: number): Pick<JobStatus, 'startTime' | 'conditions'> & { events: JobEvent[] } {
  const conditions = status.conditions ?? []
  const told = conditions.find(({ type }) => type === 'Suspended')
  const others = conditions.filter(({ type }) => type !== 'Suspended')
  const tell = (is: 'True' | 'False', reason: string, message: string, event: string) => ({
    conditions: [...others, condition('Suspended', is, reason, message, now)],
    events: [{ type: 'Normal', reason: event, message } as const],
  })
  if (isSuspended(job)) return told?.status === 'True' ? { conditions, events: [] } : tell('True', 'JobSuspended', 'Job suspended', 'Suspended')
  const startTime = status.startTime ?? timestamp(now)
  return { startTime, ...(told?.status === 'True' ? tell('False', 'JobResumed', 'Job resumed', 'Resumed') : { conditions, events: [] }) }
}

function isComplete({ spec }: Job, { active, succeeded }: Tally): boolean {
  if (active.length > 0) return false
  return spec?.completions === undefined ? succeeded > 0 : succeeded >= spec.completions
}

/** Tracked pods whose end is known. With a limit per index the last failed one stays until another pod has its count. */
function lettingGo(job: Job, { tracked, lastFailed, failedIndexes, active, newSucceeded, newFailed }: Tally, goal: Goal | undefined): Pod[] {
  const fresh = new Set([...newSucceeded, ...newFailed])
  const isOver = ({ metadata, status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed' || (goal && metadata?.deletionTimestamp)
  const replaced = new Set(active.map(({ metadata }) => metadata?.annotations?.['batch.kubernetes.io/job-completion-index']))
  const waits = new Set([...lastFailed].filter(([index]) => !goal && !failedIndexes.has(index) && !replaced.has(String(index))).map(([, pod]) => pod))
  const counting = new Set([...(job.status?.uncountedTerminatedPods?.succeeded ?? []), ...(job.status?.uncountedTerminatedPods?.failed ?? [])])
  return tracked.filter((pod) => !waits.has(pod) && (fresh.has(pod) || isOver(pod) || counting.has(pod.metadata?.uid ?? '')))
}

/** The numbers, with the pods that let go among those being counted. */
function written(job: Job, status: JobStatus, counts: Tally, letGo: readonly Pod[]): Partial<JobStatus> {
  const { succeeded: counting = [], failed: countingFailed = [] } = status.uncountedTerminatedPods ?? {}
  const known = new Set([...counting, ...countingFailed])
  const uidsOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata?.uid ?? '').filter((uid) => !known.has(uid))
  const ended = letGo.filter(({ status: pod }) => pod?.phase === 'Succeeded')
  const belongs = new Set(counts.newFailed)
  const failed = letGo.filter(
    (pod) => (belongs.has(pod) || pod.metadata?.deletionTimestamp) && pod.status?.phase !== 'Succeeded' && counts.judge(pod).action !== 'Ignore',
  )
  const indexed = isIndexed(job)
  const succeededNow = indexed ? counting : [...counting, ...uidsOf(ended)]
  const failedNow = [...countingFailed, ...uidsOf(failed)]
  return {
    active: counts.active.length,
    ready: counts.ready,
    terminating: counts.terminating.length,
    succeeded: indexed ? counts.done.size : (status.succeeded ?? 0),
    ...(indexed && { completedIndexes: indexText(counts.done) }),
    ...(job.spec?.backoffLimitPerIndex !== undefined && { failedIndexes: indexText(counts.failedIndexes) }),
    uncountedTerminatedPods: { ...(succeededNow.length > 0 && { succeeded: succeededNow }), ...(failedNow.length > 0 && { failed: failedNow }) },
  }
}

/** Pods that may still change a count. */
const leftOf = ({ active, terminating, tracked }: Tally, { remove }: Manage) => active.length + terminating.length + tracked.length + remove.length

/** Says the goal, and that it is reached when no pod is left that could change a count. */
function reach(next: JobStatus, goal: Goal, left: number, now: number) {
  const { type, reason, message } = goal
  const told = next.conditions ?? []
  const interim: JobCondition[] = told.some((each) => each.type === type) ? [] : [condition(type, 'True', reason, message, now)]
  const conditions = [...told, ...interim]
  const { succeeded, failed } = next.uncountedTerminatedPods ?? {}
  if (left > 0 || succeeded || failed) return { status: { ...next, conditions }, events: [], isOver: false }
  const isSuccess = type === 'SuccessCriteriaMet'
  const time = timestamp(now)
  const end = condition(isSuccess ? 'Complete' : 'Failed', 'True', reason, message, now)
  const event: JobEvent = isSuccess ? { type: 'Normal', reason: 'Completed', message: 'Job completed' } : { type: 'Warning', reason, message }
  const status: JobStatus = {
    ...next,
    startTime: next.startTime ?? time,
    ...(isSuccess && { completionTime: time }),
    conditions: [...conditions, end],
  }
  return { status, events: [event], isOver: true }
}
