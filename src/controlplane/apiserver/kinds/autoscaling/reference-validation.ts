import { type FieldError, required } from '../../../../kube/validation/field-errors.ts'
import { validatePathSegment } from '../../../../kube/validation/formats.ts'

/** An object of whatever kind, by kind and name. */
export function validateReference(path: string, reference: { readonly kind?: string; readonly name?: string } | undefined): FieldError[] {
  return (['kind', 'name'] as const).flatMap((field) => {
    const value = reference?.[field]
    return value ? validatePathSegment(`${path}.${field}`, value) : [required(`${path}.${field}`)]
  })
}
