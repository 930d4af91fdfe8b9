import { isDeepStrictEqual } from 'node:util'
import type { Job } from '../../../../kube/objects.ts'
import { append, duplicate, type FieldError, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { nonNegativeFields } from '../../../../kube/validation/number-validation.ts'
import { parseIndexes, sharedIndex } from './index-list.ts'

type Status = NonNullable<Job['status']>

const has = ({ conditions }: Status, type: string) => conditions?.some((each) => each.type === type && each.status === 'True') ?? false
const isFinished = (status: Status) => has(status, 'Complete') || has(status, 'Failed')

/** A rule of which conditions may be together. */
const apart: readonly (readonly [string, string, string])[] = [
  ['Complete', 'Failed', 'cannot set Complete=True and Failed=true conditions'],
  ['Complete', 'FailureTarget', 'cannot set Complete=True and FailureTarget=true conditions'],
  ['SuccessCriteriaMet', 'Failed', 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
  ['SuccessCriteriaMet', 'FailureTarget', 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
]

const conditionsFault = (why: string): FieldError => ({ reason: 'FieldValueInvalid', message: `Invalid value: ${why}`, field: 'status.conditions' })

/** The mistakes of a status that a Job's controller writes: what has changed must be right, what was there already is left. */
export function validateJobStatus(next: Job, previous: Job): FieldError[] {
  const [status, before] = [next.status ?? {}, previous.status ?? {}]
  const errors: FieldError[] = []
  append(errors, nonNegativeFields('status', status, ['active', 'succeeded', 'failed', 'ready', 'terminating']))
  append(errors, validateUncounted(status))
  append(errors, validateConditions(status, before))
  append(errors, validateFinish(status, before))
  append(errors, validateIndexes(next, status, before))
  append(errors, validateTransitions(next, status, before))
  return errors
}

function validateUncounted({ uncountedTerminatedPods }: Status): FieldError[] {
  const seen = new Set<string>()
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (uncountedTerminatedPods?.[list] ?? []).flatMap((uid, index) => {
      const field = `status.uncountedTerminatedPods.${list}[${index}]`
      if (uid === '') return [invalid(field, uid, 'must not be empty')]
      if (seen.has(uid)) return [duplicate(field, uid)]
      seen.add(uid)
      return []
    }),
  )
}

function validateConditions(status: Status, before: Status): FieldError[] {
  const changed = (type: string) => has(status, type) !== has(before, type)
  const errors = apart.filter(([a, b]) => (changed(a) || changed(b)) && has(status, a) && has(status, b)).map(([, , why]) => conditionsFault(why))
  if ((changed('Failed') || changed('FailureTarget')) && has(status, 'Failed') && !has(status, 'FailureTarget'))
    errors.push(conditionsFault('cannot set Failed=True condition without the FailureTarget=true condition'))
  if ((changed('Complete') || changed('SuccessCriteriaMet')) && has(status, 'Complete') && !has(status, 'SuccessCriteriaMet'))
    errors.push(conditionsFault('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'))
  return errors
}

function validateFinish(status: Status, before: Status): FieldError[] {
  const errors: FieldError[] = []
  const differs = (...fields: (keyof Status)[]) => fields.some((field) => !isDeepStrictEqual(status[field], before[field]))
  const finished = isFinished(status)
  const justFinished = finished !== isFinished(before)
  const complete = has(status, 'Complete')
  const justCompleted = complete !== has(before, 'Complete')
  const { startTime, completionTime, uncountedTerminatedPods: uncounted } = status
  if ((justCompleted || differs('completionTime')) && completionTime !== undefined && !complete)
    errors.push(invalid('status.completionTime', completionTime, 'cannot set completionTime when there is no Complete=True condition'))
  if ((justCompleted || differs('completionTime')) && completionTime === undefined && complete)
    errors.push(required('status.completionTime', 'completionTime is required for Complete jobs'))
  if (differs('startTime', 'completionTime') && startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime))
    errors.push(invalid('status.completionTime', completionTime, 'must be equal to or after `startTime`'))
  if (!finished) return errors
  if ((justFinished || differs('active')) && (status.active ?? 0) > 0)
    errors.push(invalid('status.active', status.active, 'active>0 is invalid for finished job'))
  if ((justFinished || differs('startTime')) && startTime === undefined) errors.push(required('status.startTime', 'startTime is required for finished job'))
  if ((justFinished || differs('uncountedTerminatedPods')) && (uncounted?.failed?.length ?? 0) + (uncounted?.succeeded?.length ?? 0) > 0)
    errors.push(invalid('status.uncountedTerminatedPods', uncounted, 'must be empty for finished job'))
  if ((justFinished || differs('terminating')) && (status.terminating ?? 0) > 0)
    errors.push(invalid('status.terminating', status.terminating, 'terminating>0 is invalid for finished job'))
  return errors
}

function validateIndexes({ spec }: Job, status: Status, before: Status): FieldError[] {
  const errors: FieldError[] = []
  const { completedIndexes: completed = '', failedIndexes: failed } = status
  const [newCompleted, newFailed] = [completed !== (before.completedIndexes ?? ''), failed !== before.failedIndexes]
  const completedList = parseIndexes(completed, spec?.completions ?? 0)
  const failedList = parseIndexes(failed ?? '', spec?.completions ?? 0)
  if (newCompleted && spec?.completions !== undefined && 'fault' in completedList)
    errors.push(invalid('status.completedIndexes', completed, `error parsing completedIndexes: ${completedList.fault}`))
  if (newFailed && spec?.completions !== undefined && spec.backoffLimitPerIndex !== undefined && 'fault' in failedList)
    errors.push(invalid('status.failedIndexes', failed, `error parsing failedIndexes: ${failedList.fault}`))
  if (newCompleted && completed !== '' && spec?.completionMode !== 'Indexed')
    errors.push(invalid('status.completedIndexes', completed, 'cannot set non-empty completedIndexes when non-indexed completion mode'))
  if (newFailed && failed !== undefined && spec?.backoffLimitPerIndex === undefined)
    errors.push(invalid('status.failedIndexes', failed, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'))
  const shared = newCompleted || newFailed ? sharedIndex(completedList, failedList) : undefined
  if (shared !== undefined) errors.push(invalid('status.failedIndexes', failed, `failedIndexes and completedIndexes overlap at index: ${shared}`))
  return errors
}

function validateTransitions({ spec }: Job, status: Status, before: Status): FieldError[] {
  const errors: FieldError[] = []
  if ((status.ready !== before.ready || status.active !== before.active) && (status.ready ?? 0) > (status.active ?? 0))
    errors.push(invalid('status.ready', status.ready, 'cannot set more ready pods than active'))
  if (spec?.successPolicy && !has(status, 'SuccessCriteriaMet') && has(status, 'Complete'))
    errors.push(conditionsFault('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'))
  for (const type of ['Failed', 'Complete', 'FailureTarget'])
    if (has(before, type) && !has(status, type)) errors.push(conditionsFault(`cannot disable the terminal ${type}=True condition`))
  if ((status.failed ?? 0) < (before.failed ?? 0)) errors.push(invalid('status.failed', status.failed ?? 0, 'cannot decrease the failed counter'))
  // One that may be scaled down by its completions may count less then.
  const scales = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if (!scales && (status.succeeded ?? 0) < (before.succeeded ?? 0))
    errors.push(invalid('status.succeeded', status.succeeded ?? 0, 'cannot decrease the succeeded counter'))
  if (status.completionTime && before.completionTime && status.completionTime !== before.completionTime)
    errors.push(invalid('status.completionTime', status.completionTime, 'field is immutable'))
  if (before.startTime && status.startTime !== before.startTime && !spec?.suspend)
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'))
  if (has(before, 'SuccessCriteriaMet') && !has(status, 'SuccessCriteriaMet'))
    errors.push(conditionsFault('cannot disable the SuccessCriteriaMet=True condition'))
  if (has(before, 'Complete') && !has(before, 'SuccessCriteriaMet') && has(status, 'SuccessCriteriaMet'))
    errors.push(conditionsFault('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'))
  return errors
}
