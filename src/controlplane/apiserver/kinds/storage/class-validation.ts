import { type FieldError, forbidden, invalid, required, tooLong } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'

type Parameters = Readonly<Record<string, string>> | undefined

const mostParameters = 512
const mostParameterBytes = 256 * 1024

/** Who makes the volumes of a class. */
export const validateProvisioner = (field: string, name: string): FieldError[] =>
  name === '' ? [required(field)] : validateQualifiedName(field, name.toLowerCase())

/** What is passed to it. */
export function validateParameters(parameters: Parameters): FieldError[] {
  const entries = Object.entries(parameters ?? {})
  if (entries.length > mostParameters) return [tooLong('parameters', mostParameters)]
  const errors = entries.some(([key]) => key === '') ? [invalid('parameters', '', 'field can not be empty.')] : []
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  if (bytes > mostParameterBytes) errors.push(tooLong('parameters', mostParameterBytes))
  return errors
}

/** A field that an update may not change, in the words of classes of volumes. */
export const unchanged = (field: string, same: boolean): FieldError[] => (same ? [] : [forbidden(field, `updates to ${field} are forbidden.`)])
