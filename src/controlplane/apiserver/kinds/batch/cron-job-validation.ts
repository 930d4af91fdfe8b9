import { CronError, isTimeZone, parseSchedule } from '../../../../kube/cron/schedule.ts'
import type { CronJob } from '../../../../kube/objects.ts'
import { append, type FieldError, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import { nonNegativeFields } from '../../../../kube/validation/number-validation.ts'
import { validateJobSpec } from './job-validation.ts'

type Spec = NonNullable<CronJob['spec']>

// A Job of it is called after it, with 11 characters more, and has 63 at most.
const maxNameLength = 52

export const validateCronJobName = ({ metadata }: CronJob): FieldError[] =>
  (metadata?.name?.length ?? 0) > maxNameLength ? [invalid('metadata.name', metadata?.name, `must be no more than ${maxNameLength} characters`)] : []

/** Rules and words of pkg/apis/batch/validation. */
export function validateCronJobSpec(path: string, spec: Spec | undefined): FieldError[] {
  const errors: FieldError[] = []
  if (!spec?.schedule) errors.push(required(`${path}.schedule`))
  else append(errors, validateSchedule(`${path}.schedule`, spec.schedule))
  append(errors, nonNegativeFields(path, spec, ['startingDeadlineSeconds']))
  const policy = spec?.concurrencyPolicy
  const policies = ['Allow', 'Forbid', 'Replace']
  if (!policy) errors.push(required(`${path}.concurrencyPolicy`))
  else if (!policies.includes(policy)) errors.push(notSupportedInOrder(`${path}.concurrencyPolicy`, policy, policies))
  const template = `${path}.jobTemplate.spec`
  append(errors, validateJobSpec(template, spec?.jobTemplate?.spec))
  const { selector, manualSelector } = spec?.jobTemplate?.spec ?? {}
  if (selector !== undefined) errors.push(invalid(`${template}.selector`, selector, '`selector` will be auto-generated'))
  if (manualSelector) errors.push(notSupportedInOrder(`${template}.manualSelector`, manualSelector, ['nil', 'false']))
  append(errors, nonNegativeFields(path, spec, ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit']))
  return errors
}

function validateSchedule(field: string, schedule: string): FieldError[] {
  try {
    parseSchedule(schedule)
    return []
  } catch (error) {
    if (error instanceof CronError) return [invalid(field, schedule, error.message)]
    throw error
  }
}

/** What an object that is there already may keep: a time zone in its schedule, or one that is no longer known. */
export function validateZone(path: string, spec: Spec | undefined, previous: Spec | undefined): FieldError[] {
  const errors: FieldError[] = []
  const { schedule = '', timeZone } = spec ?? {}
  const mayHaveZone = previous?.schedule?.includes('TZ') ?? false
  if (schedule.includes('TZ') && !mayHaveZone)
    errors.push(invalid(`${path}.schedule`, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'))
  else if (schedule.includes('TZ') && timeZone !== undefined)
    errors.push(invalid(`${path}.schedule`, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'))
  if (previous === undefined || previous.timeZone !== timeZone) append(errors, validateTimeZone(`${path}.timeZone`, timeZone))
  return errors
}

function validateTimeZone(field: string, zone: string | undefined): FieldError[] {
  if (zone === undefined) return []
  if (zone === '') return [invalid(field, zone, 'timeZone must be nil or non-empty string')]
  const isPart = (part: string) => part !== '.' && part !== '..' && /^(?!-)[A-Za-z._0-9+-]{1,14}$/.test(part)
  if (!zone.split('/').every(isPart)) return [invalid(field, zone, `unknown time zone ${zone}`)]
  if (zone.toLowerCase() === 'local') {
    const local = invalid(field, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')
    return zone === 'Local' ? [local] : [local, invalid(field, zone, `unknown time zone ${zone}`)]
  }
  return isTimeZone(zone) ? [] : [invalid(field, zone, `unknown time zone ${zone}`)]
}
