import type { Job } from '../../../../kube/objects.ts'
import { append, duplicate, type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import { nonNegative } from '../../../../kube/validation/number-validation.ts'
import { parseIndexes } from './index-list.ts'

type JobSpec = NonNullable<Job['spec']>
type FailureRule = NonNullable<JobSpec['podFailurePolicy']>['rules'][number]
type SuccessRule = NonNullable<JobSpec['successPolicy']>['rules'][number]

// Bounds of pkg/apis/batch/validation.
const maxRules = 20
const maxConditions = 20
const maxExitCodes = 255
const maxIndexBytes = 64 * 1024

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const operators = ['In', 'NotIn']
const statuses = ['False', 'True', 'Unknown']
const listed = (values: readonly string[]) => `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`

/** What becomes of a Job whose pods fail. */
export function validateFailurePolicy(path: string, spec: JobSpec): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? []
  const errors: FieldError[] = []
  if (rules.length > maxRules) errors.push(tooMany(`${path}.rules`, rules.length, maxRules))
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {}
  const names = new Set([...containers, ...initContainers].map(({ name }) => name))
  for (const [index, rule] of rules.entries()) append(errors, validateFailureRule(`${path}.rules[${index}]`, rule, spec, names))
  return errors
}

function validateFailureRule(at: string, rule: FailureRule, spec: JobSpec, names: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = []
  const conditions = rule.onPodConditions ?? []
  if (!rule.action) errors.push(required(`${at}.action`, listed(actions)))
  else if (rule.action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined) errors.push(invalid(`${at}.action`, rule.action, 'requires the backoffLimitPerIndex to be set'))
  } else if (!actions.includes(rule.action)) errors.push(notSupported(`${at}.action`, rule.action, actions))
  if (rule.onExitCodes) append(errors, validateExitCodes(`${at}.onExitCodes`, rule.onExitCodes, names))
  if (conditions.length > maxConditions) errors.push(tooMany(`${at}.onPodConditions`, conditions.length, maxConditions))
  for (const [index, { type, status }] of conditions.entries()) {
    const place = `${at}.onPodConditions[${index}]`
    append(errors, validateQualifiedName(`${place}.type`, type ?? ''))
    if (!status) errors.push(required(`${place}.status`, listed(statuses)))
    else if (!statuses.includes(status)) errors.push(notSupported(`${place}.status`, status, statuses))
  }
  if (rule.onExitCodes && conditions.length > 0) errors.push(plain(at, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  if (!rule.onExitCodes && conditions.length === 0) errors.push(plain(at, 'specifying one of OnExitCodes and OnPodConditions is required'))
  return errors
}

const plain = (field: string, why: string): FieldError => ({ reason: 'FieldValueInvalid', message: `Invalid value: ${why}`, field })

function validateExitCodes(at: string, codes: NonNullable<FailureRule['onExitCodes']>, names: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = []
  const { operator, containerName, values = [] } = codes
  if (!operator) errors.push(required(`${at}.operator`, listed(operators)))
  else if (!operators.includes(operator)) errors.push(notSupported(`${at}.operator`, operator, operators))
  if (containerName !== undefined && !names.has(containerName))
    errors.push(invalid(`${at}.containerName`, containerName, 'must be one of the container or initContainer names in the pod template'))
  if (values.length === 0) errors.push(invalid(`${at}.values`, values, 'at least one value is required'))
  else if (values.length > maxExitCodes) errors.push(tooMany(`${at}.values`, values.length, maxExitCodes))
  const seen = new Set<number>()
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0) errors.push(invalid(`${at}.values[${index}]`, value, 'must not be 0 for the In operator'))
    if (seen.has(value)) append(errors, [duplicate(`${at}.values[${index}]`, value)])
    seen.add(value)
  }
  if (values.some((value, index) => index > 0 && (values[index - 1] ?? 0) > value)) errors.push(invalid(`${at}.values`, values, 'must be ordered'))
  return errors
}

/** When an indexed Job is done although not all of it is. */
export function validateSuccessPolicy(path: string, spec: JobSpec): FieldError[] {
  const rules = spec.successPolicy?.rules ?? []
  const errors: FieldError[] = []
  if (rules.length === 0) errors.push(required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified'))
  if (rules.length > maxRules) errors.push(tooMany(`${path}.rules`, rules.length, maxRules))
  for (const [index, rule] of rules.entries()) append(errors, validateSuccessRule(`${path}.rules[${index}]`, rule, spec.completions ?? 0))
  return errors
}

function validateSuccessRule(at: string, { succeededCount: count, succeededIndexes: indexes }: SuccessRule, completions: number): FieldError[] {
  const errors: FieldError[] = []
  if (count === undefined && indexes === undefined) errors.push(required(at, 'at least one of succeededCount or succeededIndexes must be specified'))
  let total = 0
  if (indexes !== undefined) {
    if (Buffer.byteLength(indexes) > maxIndexBytes) errors.push(tooLong(`${at}.succeededIndexes`, maxIndexBytes))
    const list = parseIndexes(indexes, completions)
    if ('fault' in list) errors.push(invalid(`${at}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${list.fault}`))
    else total = list.count
  }
  if (count === undefined) return errors
  const field = `${at}.succeededCount`
  append(errors, nonNegative(field, count))
  if (count > completions) errors.push(invalid(field, count, `must be less than or equal to ${completions} (the number of specified completions)`))
  if (indexes !== undefined && count > total)
    errors.push(invalid(field, count, `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`))
  return errors
}
