import type { LimitRange } from '../../../../kube/objects.ts'
import { parseQuantity } from '../../../../kube/quantity.ts'
import { append, duplicate, type FieldError, forbidden, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import { mayOvercommit, validateContainerResourceName, validateResourceName } from '../../../../kube/validation/resource-names.ts'
import { defineKind } from '../kind.ts'

type Amounts = Readonly<Record<string, string>>
/** With `default` as it is on the wire, which is a word of the language's. */
type Item = Omit<NonNullable<LimitRange['spec']>['limits'][number], '_default'> & { default?: Amounts }

/** core/v1 LimitRange. */
export const limitRanges = defineKind<LimitRange>({
  resource: 'limitranges',
  kind: 'LimitRange',
  namespaced: true,
  shortNames: ['limits'],
  createsOnUpdate: true,
  defaults({ spec }) {
    for (const item of spec?.limits ?? []) if (item.type === 'Container') defaultItem(item)
  },
  validate: ({ spec }) => {
    const errors: FieldError[] = []
    const seen = new Set<string>()
    for (const [index, item] of (spec?.limits ?? []).entries()) {
      const at = `spec.limits[${index}]`
      append(errors, validateType(`${at}.type`, item.type ?? ''))
      if (seen.has(item.type)) append(errors, [duplicate(`${at}.type`, item.type)])
      seen.add(item.type)
      append(errors, validateItem(at, item))
    }
    return errors
  },
})

/** What a container gets that says nothing: the most it may have, and the least that it must ask for. */
function defaultItem(item: Item): void {
  const limit = { ...item.max, ...item.default }
  const request = { ...item.min, ...limit, ...item.defaultRequest }
  if (Object.keys(limit).length > 0) item.default = limit
  if (Object.keys(request).length > 0) item.defaultRequest = request
}

const standardTypes = ['Pod', 'Container', 'PersistentVolumeClaim']

function validateType(field: string, type: string): FieldError[] {
  const faults = validateQualifiedName(field, type)
  if (faults.length > 0 || type.includes('/') || standardTypes.includes(type)) return faults
  return [invalid(field, type, 'must be a standard limit type or fully qualified')]
}

function validateItem(at: string, item: Item): FieldError[] {
  const errors: FieldError[] = []
  const { type, min = {}, max = {}, default: limit = {}, defaultRequest: request = {}, maxLimitRequestRatio: ratio = {} } = item
  const named = type === 'Pod' || type === 'Container' ? validateContainerResourceName : validateResourceName
  const names = (field: string, amounts: Amounts) => {
    for (const name of Object.keys(amounts)) append(errors, named(`${at}.${field}[${name}]`, name))
  }
  names('max', max)
  names('min', min)
  if (type === 'Pod') {
    if (Object.keys(limit).length > 0) errors.push(forbidden(`${at}.default`, "may not be specified when `type` is 'Pod'"))
    if (Object.keys(request).length > 0) errors.push(forbidden(`${at}.defaultRequest`, "may not be specified when `type` is 'Pod'"))
  } else {
    names('default', limit)
    names('defaultRequest', request)
  }
  if (type === 'PersistentVolumeClaim' && min.storage === undefined && max.storage === undefined)
    errors.push(required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided'))
  names('maxLimitRequestRatio', ratio)
  const bounds = type === 'Pod' ? { min, max, limit: {}, request: {}, ratio } : { min, max, limit, request, ratio }
  const all = new Set([...Object.keys(min), ...Object.keys(max), ...Object.keys(bounds.limit), ...Object.keys(bounds.request), ...Object.keys(ratio)])
  for (const name of all) append(errors, validateBounds(at, name, bounds))
  return errors
}

interface Bounds {
  readonly min: Amounts
  readonly max: Amounts
  readonly limit: Amounts
  readonly request: Amounts
  readonly ratio: Amounts
}

function validateBounds(at: string, name: string, bounds: Bounds): FieldError[] {
  const [min, max, limit, request, ratio] = [bounds.min[name], bounds.max[name], bounds.limit[name], bounds.request[name], bounds.ratio[name]]
  const errors: FieldError[] = []
  const isMore = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && amount(a) > amount(b)
  const check = (field: string, a: [string, string | undefined], b: [string, string | undefined], shown: string | undefined) => {
    if (isMore(a[1], b[1])) errors.push(invalid(`${at}.${field}[${name}]`, shown, `${a[0]} value ${a[1]} is greater than ${b[0]} value ${b[1]}`))
  }
  check('min', ['min', min], ['max', max], min)
  check('defaultRequest', ['min', min], ['default request', request], request)
  check('defaultRequest', ['default request', request], ['max', max], request)
  check('defaultRequest', ['default request', request], ['default limit', limit], request)
  check('default', ['min', min], ['default', limit], min)
  check('default', ['default', limit], ['max', max], max)
  const field = `${at}.maxLimitRequestRatio[${name}]`
  if (ratio !== undefined && amount(ratio) < 1_000_000_000n) errors.push(invalid(field, ratio, `ratio ${ratio} is less than 1`))
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const largest = Number(amount(max)) / Number(amount(min))
    if (Number(amount(ratio)) / 1e9 > largest) errors.push(invalid(field, ratio, `ratio ${ratio} is greater than max/min = ${largest.toFixed(6)}`))
  }
  if (!mayOvercommit(name) && limit !== undefined && request !== undefined && amount(limit) !== amount(request))
    errors.push(invalid(`${at}.defaultRequest[${name}]`, request, `default value ${limit} must equal to defaultRequest value ${request} in ${name}`))
  return errors
}

const amount = (text: string) => parseQuantity(text) ?? 0n
