import { type FieldError, invalid, required } from './field-errors.ts'
import { validateName } from './names.ts'

const pattern = /^[-._a-zA-Z0-9]+$/
const words =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

/** A key of a Secret or a ConfigMap: it becomes the name of a file. */
export function validateConfigKey(field: string, key: string): FieldError[] {
  const faults: string[] = []
  if (key.length > 253) faults.push('must be no more than 253 characters')
  if (!pattern.test(key)) faults.push(words)
  if (key === '.' || key === '..') faults.push(`must not be '${key}'`)
  else if (key.startsWith('..')) faults.push("must not start with '..'")
  return faults.map((fault) => invalid(field, key, fault))
}

interface KeySelector {
  readonly name?: string
  readonly key?: string
}

/** One key of a Secret or a ConfigMap that is named. */
export const validateKeySelector = (path: string, { name = '', key = '' }: KeySelector): FieldError[] => [
  ...validateName(`${path}.name`, name, 'subdomain'),
  ...(key === '' ? [required(`${path}.key`)] : validateConfigKey(`${path}.key`, key)),
]
