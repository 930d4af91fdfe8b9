import type { PodSpec } from '../objects.ts'
import { eachOf, type FieldError, invalid, required } from './field-errors.ts'
import { validateIpLeniently } from './ip-validation.ts'

// What resolvers of libc take.
const mostNameservers = 3
const mostSearches = 32
const longestSearchList = 2048

const domain = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const domains = `${domain}(\\.${domain})*`
const domainPattern = new RegExp(`^${domains}$`)
const domainWords = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${domains}')`

/** The resolver of a pod. */
export function validateDnsConfig(path: string, config: PodSpec['dnsConfig'], policy: string | undefined): FieldError[] {
  if (policy === 'None') {
    if (!config) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (!config.nameservers?.length) return [required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  }
  if (!config) return []
  const { nameservers = [], searches = [], options } = config
  const errors: FieldError[] = []
  if (nameservers.length > mostNameservers) errors.push(invalid(`${path}.nameservers`, nameservers, `must not have more than ${mostNameservers} nameservers`))
  errors.push(...eachOf(`${path}.nameservers`, nameservers, (at, address) => validateIpLeniently(at, address)))
  if (searches.length > mostSearches) errors.push(invalid(`${path}.searches`, searches, `must not have more than ${mostSearches} search paths`))
  if (searches.join(' ').length > longestSearchList)
    errors.push(invalid(`${path}.searches`, searches, `must not have more than ${longestSearchList} characters (including spaces) in the search list`))
  errors.push(...eachOf(`${path}.searches`, searches, validateSearch))
  errors.push(...eachOf(`${path}.options`, options, (at, { name }) => (name ? [] : [required(at, 'must not be empty')])))
  return errors
}

function validateSearch(at: string, given: string): FieldError[] {
  if (given === '.') return []
  const search = given.endsWith('.') ? given.slice(0, -1) : given
  const errors = search.length > 253 ? [invalid(at, search, 'must be no more than 253 characters')] : []
  if (!domainPattern.test(search)) errors.push(invalid(at, search, domainWords))
  return errors
}
