import { append, duplicate, type FieldError, invalid, notSupported, required, tooLong } from './field-errors.ts'
import { validateQualifiedName } from './names.ts'

/** meta/v1 Condition, as a client may have written it. */
export interface ConditionLike {
  readonly type?: string
  readonly status?: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
  readonly observedGeneration?: number
}

const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const isReason = new RegExp(`^${reasonPattern}$`)

/** The mistakes of a list of meta/v1 conditions. */
export function validateConditions(path: string, conditions: readonly ConditionLike[] | undefined): FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, condition] of (conditions ?? []).entries()) {
    const type = condition.type ?? ''
    if (seen.has(type)) errors.push(duplicate(`${path}[${index}]`, type))
    seen.add(type)
    append(errors, validateCondition(`${path}[${index}]`, condition))
  }
  return errors
}

function validateCondition(at: string, { type, status, reason, message = '', lastTransitionTime, observedGeneration = 0 }: ConditionLike): FieldError[] {
  const errors = type ? validateQualifiedName(`${at}.type`, type) : [required(`${at}.type`, 'is required')]
  if (!status) errors.push(required(`${at}.status`))
  else if (!['True', 'False', 'Unknown'].includes(status)) errors.push(notSupported(`${at}.status`, status, ['False', 'True', 'Unknown']))
  if (observedGeneration < 0) errors.push(invalid(`${at}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero'))
  if (!lastTransitionTime) errors.push(required(`${at}.lastTransitionTime`))
  if (!reason) errors.push(required(`${at}.reason`))
  else {
    if (!isReason.test(reason))
      errors.push(
        invalid(
          `${at}.reason`,
          reason,
          `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${reasonPattern}')`,
        ),
      )
    if (reason.length > 1024) errors.push(tooLong(`${at}.reason`, 1024))
  }
  if (message.length > 32 * 1024) errors.push(tooLong(`${at}.message`, 32 * 1024))
  return errors
}
