import { duplicate, eachOf, type FieldError, required } from '../../../../kube/validation/field-errors.ts'

/** The mistakes of the conditions of a FlowSchema or PriorityLevelConfiguration. */
export function validateFlowConditions(conditions: readonly { readonly type?: string }[] | undefined): FieldError[] {
  const types = new Set<string>()
  return eachOf('status.conditions', conditions, (at, { type = '' }) => {
    const again = types.has(type) ? [duplicate(`${at}.type`, type)] : []
    types.add(type)
    return [...again, ...(type === '' ? [required(`${at}.type`, 'must not be empty')] : [])]
  })
}
