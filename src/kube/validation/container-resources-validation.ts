import { own } from '../../base/own.ts'
import type { Container } from '../objects.ts'
import { parseQuantity } from '../quantity.ts'
import { append, duplicate, eachOf, type FieldError, forbidden, invalid, maxFieldErrors, notFound, notSupported, required } from './field-errors.ts'
import { isHugePages, mayOvercommit, validateContainerResourceName, validateResourceAmount } from './resource-names.ts'

type Amounts = Readonly<Record<string, string>>

/** `limits`, `requests`, and the claims of devices that it shares. */
export interface ResourcesLike {
  readonly limits?: Amounts
  readonly requests?: Amounts
  readonly claims?: readonly { readonly name: string; readonly request?: string }[]
}

const quantityMessage = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

type NameCheck = (field: string, name: string) => FieldError[]

/** How much of what is asked for and may be used; `checkName` is that of containers or that of pods. */
export function validateAmounts(path: string, resources: ResourcesLike, checkName: NameCheck): FieldError[] {
  const errors: FieldError[] = []
  const { limits = {}, requests = {} } = resources
  for (const [name, amount] of Object.entries(limits)) {
    if (errors.length >= maxFieldErrors) break
    append(errors, validateAmount(`${path}.limits[${name}]`, name, amount, checkName))
  }
  for (const [name, amount] of Object.entries(requests)) {
    if (errors.length >= maxFieldErrors) break
    append(errors, validateAmount(`${path}.requests[${name}]`, name, amount, checkName))
    append(errors, validateAgainstLimit(`${path}.requests`, name, amount, own(limits, name)))
  }
  const named = [...Object.keys(limits), ...Object.keys(requests)]
  if (named.some(isHugePages) && !named.some((name) => name === 'cpu' || name === 'memory')) errors.push(forbidden(path, 'HugePages require cpu or memory'))
  return errors
}

function validateAmount(field: string, name: string, amount: string, checkName: NameCheck): FieldError[] {
  const errors = checkName(field, name)
  const parsed = parseQuantity(String(amount))
  if (parsed === undefined) return [...errors, invalid(field, amount, quantityMessage)]
  errors.push(...validateResourceAmount(field, name, String(amount)))
  const size = isHugePages(name) ? parseQuantity(name.slice('hugepages-'.length)) : undefined
  if (size && parsed % size !== 0n) errors.push(invalid(field, amount, `${amount} is not positive integer multiple of ${name}`))
  return errors
}

function validateAgainstLimit(field: string, name: string, amount: string, limit: string | undefined): FieldError[] {
  const [asked, most] = [parseQuantity(String(amount)), limit === undefined ? undefined : parseQuantity(String(limit))]
  if (asked === undefined) return []
  if (most !== undefined) {
    if (asked !== most && !mayOvercommit(name)) return [invalid(field, amount, `must be equal to ${name} limit of ${limit}`)]
    return asked > most ? [invalid(field, amount, `must be less than or equal to ${name} limit of ${limit}`)] : []
  }
  return mayOvercommit(name) ? [] : [required(field.replace(/requests$/, 'limits'), 'Limit must be set for non overcommitable resources')]
}

/** The resources of a container; `claims` are the names that the pod has for its claims of devices. */
export function validateContainerResources(path: string, resources: ResourcesLike | undefined, claims: ReadonlySet<string>): FieldError[] {
  if (!resources) return []
  const errors = validateAmounts(path, resources, validateContainerResourceName)
  append(errors, validateClaims(`${path}.claims`, resources.claims, claims))
  return errors
}

function validateClaims(path: string, used: ResourcesLike['claims'], claims: ReadonlySet<string>): FieldError[] {
  const seen = new Set<string>()
  return eachOf(path, used, (at, { name, request = '' }) => {
    if (!name) return [required(at)]
    const key = `${name}/${request}`
    // With no request the claim is used whole.
    const taken = seen.has(key) || seen.has(`${name}/`) || (request === '' && [...seen].some((other) => other.startsWith(`${name}/`)))
    seen.add(key)
    const errors = taken ? [duplicate(at, request === '' ? name : key)] : []
    if (!claims.has(name)) {
      const missing = notFound(at, name)
      const known = claims.size === 0 ? ' which is empty' : `: ${[...claims].sort().join(', ')}`
      errors.push({ ...missing, message: `${missing.message}: must be one of the names in pod.spec.resourceClaims${known}` })
    }
    return errors
  })
}

const resizable = ['cpu', 'memory']
const resizePolicies = ['NotRequired', 'RestartContainer']

/** Whether a container starts again when its resources change. */
export function validateResizePolicy(path: string, policies: Container['resizePolicy'], podRestartPolicy: string | undefined): FieldError[] {
  const seen = new Set<string>()
  return eachOf(path, policies, (at, { resourceName, restartPolicy }) => {
    const errors = seen.has(resourceName) ? [duplicate(at, resourceName)] : []
    seen.add(resourceName)
    // Of the list, not of its item: so upstream has it.
    if (!resourceName) errors.push(required(path))
    else if (!resizable.includes(resourceName)) errors.push(notSupported(path, resourceName, resizable))
    if (!restartPolicy) errors.push(required(path))
    else if (!resizePolicies.includes(restartPolicy)) errors.push(notSupported(path, restartPolicy, resizePolicies))
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired')
      errors.push(invalid(path, restartPolicy ?? '', "must be 'NotRequired' when `restartPolicy` is 'Never'"))
    return errors
  })
}
