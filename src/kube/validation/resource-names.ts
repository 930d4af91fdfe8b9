import { parseQuantity } from '../quantity.ts'
import { type FieldError, invalid } from './field-errors.ts'
import { validateQualifiedName } from './names.ts'
import { nonNegativeQuantity } from './number-validation.ts'

// pkg/apis/core/helper: names of resources that are no one's own.
const computed = ['cpu', 'memory', 'ephemeral-storage']
const counted = [
  ...['pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps', 'persistentvolumeclaims'],
  ...['services.nodeports', 'services.loadbalancers'],
]
const quotas = new Set([...computed, ...computed.flatMap((name) => [`requests.${name}`, `limits.${name}`]), 'requests.storage', ...counted])
const standard = new Set([...quotas, 'storage'])
const integers = new Set(counted)
const ofContainers = new Set(computed)

/** Pages of memory larger than usual. */
export const isHugePages = (name: string) => name.startsWith('hugepages-')

/** Whether a quota of the built-in ones knows the resource. */
export const isQuotaResource = (name: string): boolean => quotas.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-')

/** The name of a resource: a known one, or one with a domain before it. */
export function validateResourceName(field: string, name: string): FieldError[] {
  const faults = validateQualifiedName(field, name)
  if (faults.length > 0 || name.includes('/')) return faults
  const isStandard = standard.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-')
  return isStandard ? [] : [invalid(field, name, 'must be a standard resource type or fully qualified')]
}

/** The name of what containers ask for. */
export function validateContainerResourceName(field: string, name: string): FieldError[] {
  const faults = validateResourceName(field, name)
  if (!name.includes('/'))
    return ofContainers.has(name) || isHugePages(name) ? faults : [...faults, invalid(field, name, 'must be a standard resource for containers')]
  return isNative(name) || isExtended(name) ? faults : [...faults, invalid(field, name, "doesn't follow extended resource name standard")]
}

/** The name of what a quota counts. */
export function validateQuotaResourceName(field: string, name: string): FieldError[] {
  const faults = validateResourceName(field, name)
  return name.includes('/') || isQuotaResource(name) ? faults : [...faults, invalid(field, name, 'must be a standard resource for quota')]
}

/** An amount of a resource: whole where things are counted. */
export function validateResourceAmount(field: string, name: string, amount: string): FieldError[] {
  const faults = nonNegativeQuantity(field, amount)
  const isWhole = (parseQuantity(amount) ?? 0n) % 1_000_000_000n === 0n
  return !isWhole && (integers.has(name) || isExtended(name)) ? [...faults, invalid(field, amount, 'must be an integer')] : faults
}

const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/')

/** One that a device plugin brings: of a domain that is not Kubernetes' own, and can be asked for in a quota. */
export const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && validateQualifiedName('', `requests.${name}`).length === 0

/** Whether what is asked for may be less than the limit. */
export const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name)
