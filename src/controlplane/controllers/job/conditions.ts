import type { Job } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'

export type JobStatus = NonNullable<Job['status']>
export type JobCondition = NonNullable<JobStatus['conditions']>[number]

export const conditionOf = (job: Job, type: string): JobCondition | undefined =>
  job.status?.conditions?.find((each) => each.type === type && each.status === 'True')

/** `Complete` or `Failed`, after which a Job does nothing any more. */
export const finishOf = (job: Job): JobCondition | undefined => conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed')

export const isSuspended = ({ spec }: Job): boolean => spec?.suspend === true

export function condition(type: string, status: 'True' | 'False', reason: string, message: string, now: number): JobCondition {
  const time = timestamp(now)
  return { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message }
}
