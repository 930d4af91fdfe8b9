import { type FieldError, invalid, maxFieldErrors, tooLong } from './field-errors.ts'

// Patterns and wording are those of k8s.io/apimachinery/pkg/util/validation, which clients show and tests compare.
const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const service = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

const messages = {
  label: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  subdomain: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`,
  wildcard: `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.${subdomain}')`,
  service: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${service}')`,
}
const rules = {
  label: { pattern: new RegExp(`^${label}$`), limit: 63 },
  subdomain: { pattern: new RegExp(`^${subdomain}$`), limit: 253 },
  service: { pattern: new RegExp(`^${service}$`), limit: 63 },
  wildcard: { pattern: new RegExp(`^\\*\\.${subdomain}$`), limit: 253 },
}

/** One of the DNS rules, or `any`: whatever may be in a path. */
export type NameRule = keyof typeof rules | 'any'

/** Checks a name by one of the DNS rules. */
export function validateName(field: string, value: string, rule: NameRule): FieldError[] {
  if (rule === 'any') return []
  const { pattern, limit } = rules[rule]
  const errors: FieldError[] = []
  if (value.length > limit) errors.push(invalid(field, value, `must be no more than ${limit} characters`))
  if (!pattern.test(value)) errors.push(invalid(field, value, messages[rule]))
  return errors
}

const qualifiedPattern = new RegExp(`^${qualified}$`)
const nameMessage = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualified}')`

function qualifiedNameProblem(key: string): string | undefined {
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  if (parts.length > 2)
    return `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualified}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`
  if (parts.length === 2 && parts[0] === '') return 'prefix part must be non-empty'
  if (parts.length === 2 && !rules.subdomain.pattern.test(parts[0] ?? '')) return `prefix part ${messages.subdomain}`
  if (name === '') return 'name part must be non-empty'
  if (name.length > 63) return 'name part must be no more than 63 characters'
  return qualifiedPattern.test(name) ? undefined : nameMessage
}

/** Checks the key of a label, or whatever else is a name with or without a domain before it (`example.com/name`). */
export function validateQualifiedName(field: string, value: string): FieldError[] {
  const problem = qualifiedNameProblem(value)
  return problem ? [invalid(field, value, problem)] : []
}

/** What is wrong with the value of a label. */
export function labelValueFaults(value: string): string[] {
  const faults = value.length > 63 ? ['must be no more than 63 characters'] : []
  if (value !== '' && !qualifiedPattern.test(value)) faults.push(labelValueMessage)
  return faults
}

/** Checks the value of a label. */
export const validateLabelValue = (field: string, value: string): FieldError[] => labelValueFaults(value).map((fault) => invalid(field, value, fault))

const labelValueMessage = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${qualified})?')`

/** Checks label keys and values. */
export function validateLabels(field: string, labels: Readonly<Record<string, string>> | undefined): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (errors.length >= maxFieldErrors) break
    errors.push(...validateQualifiedName(field, key), ...validateLabelValue(field, value))
  }
  return errors
}

/** Checks annotation keys and their total size (256 KiB). */
export function validateAnnotations(field: string, annotations: Readonly<Record<string, string>> | undefined): FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
    const problem = qualifiedNameProblem(key.toLowerCase())
    if (problem && errors.length < maxFieldErrors) errors.push(invalid(field, key, problem))
  }
  if (size > 256 * 1024) errors.push(tooLong(field, 256 * 1024))
  return errors
}
