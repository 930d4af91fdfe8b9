import { append, eachOf, type FieldError, forbidden, invalid, required } from './field-errors.ts'
import { validateLabelValue, validateName, validateQualifiedName } from './names.ts'

interface RequirementLike {
  readonly key?: string
  readonly operator?: string
  readonly values?: readonly string[]
}

/** core/v1 NodeSelector. */
export interface NodeSelectorLike {
  readonly nodeSelectorTerms?: readonly NodeSelectorTermLike[]
}

interface NodeSelectorTermLike {
  readonly matchExpressions?: readonly RequirementLike[]
  readonly matchFields?: readonly RequirementLike[]
}

/** The mistakes of a selector of nodes. */
export function validateNodeSelector(path: string, { nodeSelectorTerms }: NodeSelectorLike): FieldError[] {
  const terms = `${path}.nodeSelectorTerms`
  if (!nodeSelectorTerms?.length) return [required(terms, 'must have at least one node selector term')]
  return eachOf(terms, nodeSelectorTerms, (at, term) => validateNodeSelectorTerm(at, term))
}

/** The mistakes of one of its terms. `lenient` lets bad label values pass. */
export const validateNodeSelectorTerm = (at: string, { matchExpressions, matchFields }: NodeSelectorTermLike, lenient = false): FieldError[] => [
  ...eachOf(`${at}.matchExpressions`, matchExpressions, (place, requirement) => validateExpression(place, requirement, lenient)),
  ...eachOf(`${at}.matchFields`, matchFields, validateFieldRequirement),
]

function validateExpression(at: string, { key = '', operator = '', values = [] }: RequirementLike, lenient: boolean): FieldError[] {
  const errors: FieldError[] = []
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      break
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
      break
    default:
      errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'))
  }
  append(errors, validateQualifiedName(`${at}.key`, key))
  if (!lenient) append(errors, eachOf(`${at}.values`, values, validateLabelValue))
  return errors
}

function validateFieldRequirement(at: string, { key = '', operator = '', values = [] }: RequirementLike): FieldError[] {
  const errors: FieldError[] = []
  if (operator !== 'In' && operator !== 'NotIn') errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'))
  else if (values.length !== 1) errors.push(required(`${at}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
  if (key !== 'metadata.name') errors.push(invalid(`${at}.key`, key, 'not a valid field selector key'))
  else
    append(
      errors,
      eachOf(`${at}.values`, values, (place, value) => validateName(place, value, 'subdomain')),
    )
  return errors
}
