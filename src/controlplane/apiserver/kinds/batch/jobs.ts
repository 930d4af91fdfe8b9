import type { Job } from '../../../../kube/objects.ts'
import { defaultPodSpec } from '../../../../kube/pod-defaults.ts'
import { humanDuration } from '../../table/ages.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { selectorCell, templateCells, templateColumns } from '../../table/templates.ts'
import { podSpecWarnings } from '../core/pod-warnings.ts'
import { bySpec } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { nameWarnings } from '../name-warnings.ts'
import { generateSelector } from './job-selector.ts'
import { validateJobStatus } from './job-status-validation.ts'
import { validateJob, validateJobName, validateJobUpdate } from './job-validation.ts'

const largestInt32 = 2 ** 31 - 1

/** batch/v1 Job. */
export const jobs = defineKind<Job>({
  group: 'batch',
  resource: 'jobs',
  kind: 'Job',
  namespaced: true,
  categories: ['all'],
  subresources: [statusSubresource('Job')],
  generation: bySpec,
  dependents: 'orphaned',
  // pkg/registry/batch/job/storage.
  orphanWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  printer: printer<Job>(
    [...['Name', 'Status', 'Completions', 'Duration', 'Age'].map((title) => column(title)), ...templateColumns, column('Selector', 1)],
    (job, now) => [
      nameOf(job),
      statusOf(job),
      completionsOf(job),
      durationOf(job, now),
      ageOf(job, now),
      ...templateCells(job.spec?.template),
      selectorCell(job.spec?.selector),
    ],
  ),
  fields: ({ status }) => ({ 'status.successful': String(status?.succeeded ?? 0) }),
  defaults({ metadata, spec }) {
    if (!spec) return
    // One that says neither runs once.
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
    spec.parallelism ??= 1
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : largestInt32
    const labels = spec.template?.metadata?.labels
    if (metadata && labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels }
    spec.completionMode ??= 'NonIndexed'
    spec.suspend ??= false
    spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
    for (const rule of spec.podFailurePolicy?.rules ?? []) for (const condition of rule.onPodConditions ?? []) condition.status ||= 'True'
    if (spec.template?.spec) defaultPodSpec(spec.template.spec)
  },
  prepareCreate(job) {
    generateSelector(job)
    const labels = job.spec?.template?.metadata?.labels
    if (job.metadata && labels && Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels }
    job.status = {}
  },
  validate: (job, previous) => [...validateJob(job), ...(previous ? [] : validateJobName(job))],
  validateUpdate: (next, previous, subresource) => (subresource === 'status' ? validateJobStatus(next, previous) : validateJobUpdate(next, previous)),
  warnings(next, previous, subresource) {
    if (subresource === 'status' || previous) return []
    return [...nameWarnings(next.metadata?.name), ...podSpecWarnings('spec.template', next.spec?.template)]
  },
})

function statusOf({ metadata, status }: Job): string {
  const has = (type: string) => status?.conditions?.some((condition) => condition.type === type && condition.status === 'True')
  if (has('Complete')) return 'Complete'
  if (has('Failed')) return 'Failed'
  if (metadata?.deletionTimestamp) return 'Terminating'
  if (has('Suspended')) return 'Suspended'
  return has('FailureTarget') ? 'FailureTarget' : 'Running'
}

function completionsOf({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`
  return (spec?.parallelism ?? 0) > 1 ? `${succeeded}/1 of ${spec?.parallelism}` : `${succeeded}/1`
}

function durationOf({ status }: Job, now: number): string {
  if (!status?.startTime) return ''
  return humanDuration((status.completionTime ? Date.parse(status.completionTime) : now) - Date.parse(status.startTime))
}
