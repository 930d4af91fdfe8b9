import { type FieldError, invalid, required, tooLong } from './field-errors.ts'
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

/** The name of a CSI or resource driver: a domain of 63 signs at most, in letters of either size. */
export function validateDriverName(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)]
  const long = name.length > 63 ? [tooLong(field, 63)] : []
  const faults = validateName(field, name.toLowerCase(), 'subdomain')
  return [...long, ...faults.map(({ message, ...error }) => ({ ...error, message: message.replace(JSON.stringify(name.toLowerCase()), JSON.stringify(name)) }))]
}

/** The name of a signer of certificates: `example.com/signer-name`. */
export function validateSignerName(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)]
  const [domain = '', path = '', ...more] = name.split('/')
  if (more.length > 0 || !name.includes('/')) return [invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
  const errors = domain.length > 253 ? [tooLong(field, 253)] : []
  errors.push(...labelFaults(field, domain, 'label'))
  if (!domain.includes('.')) errors.push(invalid(field, domain, 'should be a domain with at least two segments separated by dots'))
  errors.push(...labelFaults(field, path, 'subdomain'))
  if (name.length > longestSignerName) errors.push(tooLong(field, longestSignerName))
  return errors
}

/** The faults of the first part between dots that has some. */
function labelFaults(field: string, whole: string, rule: 'label' | 'subdomain'): FieldError[] {
  for (const part of whole.split('.')) {
    const faults = validateName('', part, rule).map(({ message }) => message.slice(`Invalid value: ${JSON.stringify(part)}: `.length))
    if (faults.length > 0) return faults.map((fault) => invalid(field, whole, `validating label ${JSON.stringify(part)}: ${fault}`))
  }
  return []
}

// A domain, a namespace and a name, and the signs between them.
const longestSignerName = 253 + 63 + 253 + 2
