import { nextTime } from '../../../kube/cron/next.ts'
import { CronError, type CronSchedule, isTimeZone, parseSchedule } from '../../../kube/cron/schedule.ts'
import type { CronJob, Job } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { finishOf } from '../job/conditions.ts'
import type { JobEvent } from '../job/reconcile.ts'

type Status = NonNullable<CronJob['status']>

export interface CronPlan {
  /** The status by the Jobs that there are. */
  readonly status: Status
  readonly events: readonly JobEvent[]
  /** Over, and too many to keep; or in the way of the next. */
  readonly remove: readonly Job[]
  /** The time for which a Job is to be made now, ms since the epoch. */
  readonly start?: number
  readonly nextAt?: number
}

// kube-controller-manager looks so long after the time.
const lateMs = 100
const many = 100

/** What a CronJob needs now, given the Jobs that it manages. */
export function reconcile(cron: CronJob, jobs: readonly Job[], now: number): CronPlan {
  const events: JobEvent[] = []
  const tell = (type: JobEvent['type'], reason: string, message: string) => events.push({ type, reason, message })
  const status = follow(cron, jobs, tell)
  const old = outOfHistory(cron, jobs)
  const plan = { status, events, remove: old }
  const { spec } = cron
  if (cron.metadata?.deletionTimestamp || !spec) return { ...plan, remove: [] }
  if (spec.suspend) return plan
  const schedule = read(spec.schedule, spec.timeZone, tell)
  if (!schedule) return plan
  const next = nextTime(schedule, now, spec.timeZone ?? schedule.timeZone)
  const waiting = { ...plan, ...(next !== undefined && { nextAt: next + lateMs }) }
  const due = lastDue(cron, schedule, now)
  if (due === undefined) return waiting
  if (due.missed > many) tell('Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew')
  if (status.lastScheduleTime !== undefined && Date.parse(status.lastScheduleTime) >= due.time) return waiting
  const active = jobs.filter((job) => !finishOf(job) && status.active?.some(({ uid }) => uid === job.metadata?.uid))
  if (active.some(({ metadata }) => metadata?.name === jobName(cron, due.time))) return waiting
  if (active.length > 0 && spec.concurrencyPolicy === 'Forbid') {
    tell('Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid')
    return waiting
  }
  if (spec.concurrencyPolicy !== 'Replace' || active.length === 0) return { ...waiting, start: due.time }
  // Replaced ones are no more of its business.
  const { active: _active, ...rest } = status
  return { ...waiting, status: rest, start: due.time, remove: [...old, ...active] }
}

/** The name of the Job of a time, the same however often it is made. */
export const jobName = ({ metadata }: CronJob, time: number): string => `${metadata?.name ?? ''}-${Math.floor(time / 60_000)}`

function read(text: string, timeZone: string | undefined, tell: (type: 'Warning', reason: string, message: string) => void): CronSchedule | undefined {
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    tell('Warning', 'UnknownTimeZone', `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`)
    return undefined
  }
  try {
    return parseSchedule(text)
  } catch (error) {
    if (!(error instanceof CronError)) throw error
    tell('Warning', 'UnparseableSchedule', `unparseable schedule: ${JSON.stringify(text)} : ${error.message}`)
    return undefined
  }
}

/** The last time that was missed and is not too late, and how many were (counted to 101). */
function lastDue({ metadata, spec, status }: CronJob, schedule: CronSchedule, now: number): { time: number; missed: number } | undefined {
  const zone = spec?.timeZone ?? schedule.timeZone
  const made = Date.parse(status?.lastScheduleTime ?? metadata?.creationTimestamp ?? '')
  if (Number.isNaN(made)) return undefined
  const deadline = spec?.startingDeadlineSeconds
  const from = deadline === undefined ? made : Math.max(made, now - Number(deadline) * 1000)
  let missed = 0
  let time: number | undefined
  for (let each = nextTime(schedule, from, zone); each !== undefined && each <= now && missed <= many; each = nextTime(schedule, each, zone)) {
    time = each
    missed++
  }
  if (time === undefined) return undefined
  return { time: missed > many ? latest(schedule, time, now, zone) : time, missed }
}

/** The last time until now, found from near it: years may have been missed. */
function latest(schedule: CronSchedule, from: number, now: number, zone: string | undefined): number {
  if (schedule.kind === 'every') return from + Math.floor((now - from) / schedule.ms) * schedule.ms
  for (let span = 3600_000; ; span *= 24) {
    let time: number | undefined
    const begin = Math.max(from - 1, now - span)
    for (let each = nextTime(schedule, begin, zone); each !== undefined && each <= now; each = nextTime(schedule, each, zone)) time = each
    if (time !== undefined || begin < from) return time ?? from
  }
}

/** What runs, and when one succeeded last. */
function follow({ status = {} }: CronJob, jobs: readonly Job[], tell: (type: JobEvent['type'], reason: string, message: string) => void): Status {
  const known = new Map(jobs.map((job) => [job.metadata?.uid, job]))
  let { lastSuccessfulTime } = status
  for (const job of jobs) {
    const listed = status.active?.some(({ uid }) => uid === job.metadata?.uid) ?? false
    const finish = finishOf(job)
    if (!finish && !listed) tell('Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${job.metadata?.name}`)
    if (finish && listed) tell('Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata?.name}, condition: ${finish.type}`)
    const end = job.status?.completionTime
    if (finish?.type === 'Complete' && end && !(lastSuccessfulTime !== undefined && Date.parse(lastSuccessfulTime) >= Date.parse(end))) lastSuccessfulTime = end
  }
  const active = (status.active ?? []).filter((each) => {
    const job = known.get(each.uid)
    if (!job) tell('Normal', 'MissingJob', `Active job went missing: ${each.name}`)
    return job !== undefined && !finishOf(job)
  })
  const { active: _active, lastSuccessfulTime: _last, ...rest } = status
  return { ...rest, ...(active.length > 0 && { active }), ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }) }
}

/** The oldest of those that are over, beyond the limits. */
function outOfHistory({ spec }: CronJob, jobs: readonly Job[]): Job[] {
  const began = ({ metadata, status }: Job) => Date.parse(status?.startTime ?? metadata?.creationTimestamp ?? '')
  const surplus = (type: string, limit: number | undefined) => {
    if (limit === undefined) return []
    const all = jobs.filter((job) => finishOf(job)?.type === type && !job.metadata?.deletionTimestamp).sort((a, b) => began(a) - began(b))
    return all.slice(0, Math.max(0, all.length - limit))
  }
  return [...surplus('Complete', spec?.successfulJobsHistoryLimit), ...surplus('Failed', spec?.failedJobsHistoryLimit)]
}

/** With a Job that was made for a time. */
export function withJob(status: Status, job: Job, time: number): Status {
  const { name, namespace, uid, resourceVersion } = job.metadata ?? {}
  const made = { kind: 'Job', apiVersion: 'batch/v1', name, namespace, uid, resourceVersion }
  return { ...status, active: [...(status.active ?? []), made], lastScheduleTime: timestamp(time) } as Status
}
