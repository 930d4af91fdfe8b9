import type { CronJob } from '../../../../kube/objects.ts'
import { defaultPodSpec } from '../../../../kube/pod-defaults.ts'
import { age } from '../../table/ages.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { numbers, selectorCell, templateCells, templateColumns } from '../../table/templates.ts'
import { podSpecWarnings } from '../core/pod-warnings.ts'
import { bySpec } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { nameWarnings } from '../name-warnings.ts'
import { validateCronJobName, validateCronJobSpec, validateZone } from './cron-job-validation.ts'

/** batch/v1 CronJob. */
export const cronJobs = defineKind<CronJob>({
  group: 'batch',
  resource: 'cronjobs',
  kind: 'CronJob',
  namespaced: true,
  shortNames: ['cj'],
  categories: ['all'],
  subresources: [statusSubresource('CronJob')],
  generation: bySpec,
  printer: printer<CronJob>(
    [
      column('Name'),
      column('Schedule'),
      column('Timezone'),
      column('Suspend', 0, 'boolean'),
      numbers('Active'),
      column('Last Schedule'),
      column('Age'),
      ...templateColumns,
      column('Selector', 1),
    ],
    ({ metadata, spec, status }, now) => [
      nameOf({ metadata }),
      spec?.schedule ?? '',
      spec?.timeZone ?? '<none>',
      spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
      status?.active?.length ?? 0,
      status?.lastScheduleTime ? age(status.lastScheduleTime, now) : '<none>',
      ageOf({ metadata }, now),
      ...templateCells(spec?.jobTemplate?.spec?.template),
      selectorCell(spec?.jobTemplate?.spec?.selector),
    ],
  ),
  defaults({ spec }) {
    if (!spec) return
    spec.concurrencyPolicy ||= 'Allow'
    spec.suspend ??= false
    spec.successfulJobsHistoryLimit ??= 3
    spec.failedJobsHistoryLimit ??= 1
    const template = spec.jobTemplate?.spec?.template
    if (template?.spec) defaultPodSpec(template.spec)
  },
  prepareCreate(job) {
    job.status = {}
  },
  validate: (job, previous) => [
    ...validateCronJobSpec('spec', job.spec),
    ...validateZone('spec', job.spec, previous?.spec),
    ...(previous ? [] : validateCronJobName(job)),
  ],
  warnings(next, previous, subresource) {
    if (subresource === 'status' || (previous && next.metadata?.generation === previous.metadata?.generation)) return []
    return [
      ...(previous ? [] : nameWarnings(next.metadata?.name)),
      ...podSpecWarnings('spec.jobTemplate.spec.template', next.spec?.jobTemplate?.spec?.template),
    ]
  },
})
