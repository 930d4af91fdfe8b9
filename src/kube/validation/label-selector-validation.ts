import { append, type FieldError, forbidden, invalid, required } from './field-errors.ts'
import { validateLabels, validateLabelValue, validateQualifiedName } from './names.ts'

/** meta/v1 LabelSelector. */
export interface LabelSelectorLike {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly RequirementLike[]
}

interface RequirementLike {
  readonly key?: string
  readonly operator?: string
  readonly values?: readonly string[]
}

/** The mistakes of a label selector. `lenient` lets bad label values pass: those of an object that was stored with some. */
export function validateLabelSelector(path: string, selector: LabelSelectorLike | undefined, lenient = false): FieldError[] {
  const errors = validateLabels(`${path}.matchLabels`, selector?.matchLabels)
  for (const [index, requirement] of (selector?.matchExpressions ?? []).entries())
    append(errors, validateRequirement(`${path}.matchExpressions[${index}]`, requirement, lenient))
  return errors
}

function validateRequirement(at: string, { key = '', operator = '', values = [] }: RequirementLike, lenient: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
  } else errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'))
  append(errors, validateQualifiedName(`${at}.key`, key))
  if (!lenient) for (const [index, value] of values.entries()) append(errors, validateLabelValue(`${at}.values[${index}]`, value))
  return errors
}
