import type { Job, Pod } from '../../../kube/objects.ts'
import { secondsOf } from '../../../kube/seconds.ts'
import { conditionOf, isSuspended } from './conditions.ts'
import { matchSuccess } from './success-policy.ts'
import { isFailed, isIndexed, type Tally } from './tally.ts'

/** Towards which end a Job goes, as the reason and message of its conditions say. */
export interface Goal {
  readonly type: 'FailureTarget' | 'SuccessCriteriaMet'
  readonly reason: string
  readonly message: string
}

/** The end that is decided on; once decided it stays. None while the Job is to go on. */
export function goalOf(job: Job, startTime: string | undefined, tally: Tally, now: number): Goal | undefined {
  for (const type of ['FailureTarget', 'SuccessCriteriaMet'] as const) {
    const told = conditionOf(job, type)
    if (told) return { type, reason: told.reason ?? '', message: told.message ?? '' }
  }
  const fail = (reason: string, message: string): Goal => ({ type: 'FailureTarget', reason, message })
  const { spec } = job
  const policy = failedByPolicy(job, tally)
  if (policy !== undefined) return fail('PodFailurePolicy', policy)
  if (tally.failed > (spec?.backoffLimit ?? 6) || restartedTooOften(job, tally.active))
    return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  const deadline = deadlineOf(job, startTime)
  if (deadline !== undefined && now >= deadline) return fail('DeadlineExceeded', 'Job was active longer than specified deadline')
  if (!isIndexed(job)) return undefined
  if (spec?.maxFailedIndexes !== undefined && tally.failedIndexes.size > spec.maxFailedIndexes)
    return fail('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
  if (tally.failedIndexes.size > 0 && tally.failedIndexes.size + tally.succeeded >= (spec?.completions ?? 0))
    return fail('FailedIndexes', 'Job has failed indexes')
  const success = matchSuccess(job, tally.done)
  return success === undefined ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: success }
}

export const completionsReached: Goal = { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }

/** Until when it may be active, ms since the epoch; a suspended one is not. */
export function deadlineOf(job: Job, startTime: string | undefined): number | undefined {
  const seconds = job.spec?.activeDeadlineSeconds
  if (seconds === undefined || startTime === undefined || isSuspended(job)) return undefined
  return Date.parse(startTime) + secondsOf(seconds) * 1000
}

function failedByPolicy(job: Job, { tracked, judge }: Tally): string | undefined {
  if (!job.spec?.podFailurePolicy) return undefined
  for (const pod of tracked) {
    const verdict = isFailed(job, pod) ? judge(pod) : undefined
    if (verdict?.action === 'FailJob') return verdict.message
  }
  return undefined
}

/** Containers that are restarted in their pods count, too. */
function restartedTooOften({ spec }: Job, active: readonly Pod[]): boolean {
  if (spec?.template?.spec?.restartPolicy !== 'OnFailure') return false
  let restarts = 0
  for (const { status } of active)
    for (const { restartCount } of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) restarts += restartCount
  const limit = spec.backoffLimit ?? 6
  return limit === 0 ? restarts > 0 : restarts >= limit
}
