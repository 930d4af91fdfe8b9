import { append, type FieldError, invalid } from './field-errors.ts'

const largestId = 2 ** 31 - 1

/** Users and groups of a securityContext: the kernel knows 32 bits, and the API takes 31. */
export function validateIds(
  context:
    | { readonly runAsUser?: number; readonly runAsGroup?: number; readonly fsGroup?: number; readonly supplementalGroups?: readonly number[] }
    | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  for (const field of ['runAsUser', 'runAsGroup', 'fsGroup'] as const) append(errors, validateId(`${path}.${field}`, context?.[field]))
  for (const [index, group] of (context?.supplementalGroups ?? []).entries()) append(errors, validateId(`${path}.supplementalGroups[${index}]`, group))
  return errors
}

const validateId = (field: string, id: number | undefined): FieldError[] =>
  id === undefined || (id >= 0 && id <= largestId) ? [] : [invalid(field, id, `must be between 0 and ${largestId}, inclusive`)]
