import { type FieldError, invalid, required } from './field-errors.ts'
import { validateName } from './names.ts'

// Rules and words of k8s.io/apimachinery/pkg/util/validation and pkg/api/validation/path.

/** A port by its number. */
export const validatePort = (field: string, port: number): FieldError[] =>
  port >= 1 && port <= 65535 ? [] : [invalid(field, port, 'must be between 1 and 65535, inclusive')]

/** A port by its name, as IANA gives them. */
export function validatePortName(field: string, name: string): FieldError[] {
  const faults: string[] = []
  if (name.length > 15) faults.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(name)) faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(name)) faults.push('must contain at least one letter (a-z)')
  if (name.includes('--')) faults.push('must not contain consecutive hyphens')
  if (name.startsWith('-') || name.endsWith('-')) faults.push('must not begin or end with a hyphen')
  return faults.map((fault) => invalid(field, name, fault))
}

/** What can be one part of a path: a name of whatever kind. */
export function validatePathSegment(field: string, name: string): FieldError[] {
  if (name === '.' || name === '..') return [invalid(field, name, `may not be '${name}'`)]
  return ['/', '%'].filter((sign) => name.includes(sign)).map((sign) => invalid(field, name, `may not contain '${sign}'`))
}

const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const httpPathPattern = new RegExp(`^${httpPath}$`)

/** `acme.io/foo`: a domain, and a path below it. */
export function validateDomainPrefixedPath(field: string, value: string): FieldError[] {
  if (value === '') return [required(field)]
  const slash = value.indexOf('/')
  const [host, path] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)]
  if (host === '' || path === '') return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  const errors = validateName(field, host, 'subdomain')
  if (!httpPathPattern.test(path)) errors.push(invalid(field, path, `Invalid path (regex used for validation is '${httpPath}')`))
  return errors
}

/** `hook.example.com`: three parts at least. */
export function validateFullyQualifiedName(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)]
  const [fault] = validateName(field, name, 'subdomain')
  if (fault) return [fault]
  return name.split('.').length < 3 ? [invalid(field, name, 'should be a domain with at least three segments separated by dots')] : []
}

/** `example.com`, with or without the dot at its end. */
export function validateFullyQualifiedDomain(field: string, given: string): FieldError[] {
  if (given === '') return [required(field)]
  const name = given.endsWith('.') ? given.slice(0, -1) : given
  const [fault] = validateName(field, name, 'subdomain')
  if (fault) return [fault]
  const parts = name.split('.')
  if (parts.length < 2) return [invalid(field, name, 'should be a domain with at least two segments separated by dots')]
  return parts.flatMap((part) => validateName(field, part, 'label')).slice(0, 1)
}
