/** One cause of a 422, in the shape of `Status.details.causes`. */
export interface FieldError {
  readonly reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong'
  readonly message: string
  readonly field: string
}

const shown = (value: unknown) => (typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? JSON.stringify(value) : String(value))

export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${shown(value)}: ${detail}`,
  field,
})

export const required = (field: string, detail = ''): FieldError => ({
  reason: 'FieldValueRequired',
  message: detail ? `Required value: ${detail}` : 'Required value',
  field,
})

export const notSupported = (field: string, value: unknown, allowed: readonly string[]): FieldError => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${[...allowed]
    .sort()
    .map((item) => JSON.stringify(item))
    .join(', ')}`,
  field,
})

export const duplicate = (field: string, value: unknown): FieldError => ({ reason: 'FieldValueDuplicate', message: `Duplicate value: ${shown(value)}`, field })

export const forbidden = (field: string, detail: string): FieldError => ({ reason: 'FieldValueForbidden', message: `Forbidden: ${detail}`, field })

export const notFound = (field: string, value: unknown): FieldError => ({ reason: 'FieldValueNotFound', message: `Not found: ${shown(value)}`, field })

export const tooLong = (field: string, limit: number): FieldError => ({
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${limit} bytes`,
  field,
})
