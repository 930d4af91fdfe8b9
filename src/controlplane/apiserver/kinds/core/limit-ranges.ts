import type * as client from '@kubernetes/client-node'
import { quantityText, readQuantity } from '../../../../kube/quantity-text.ts'
import { duplicate, eachOf, type FieldError, forbidden, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import { createdPrinter } from '../../table/generic.ts'
import type { Given, GivenPart } from '../given.ts'
import { defineKind } from '../kind.ts'

type LimitRange = Given<client.V1LimitRange>
type Item = GivenPart<client.V1LimitRangeItem>
type List = Readonly<Record<string, string | undefined>>

/** core/v1 LimitRange. */
export const limitRanges = defineKind<LimitRange>({
  resource: 'limitranges',
  kind: 'LimitRange',
  namespaced: true,
  shortNames: ['limits'],
  printer: createdPrinter,
  defaults({ spec }) {
    for (const item of spec?.limits ?? []) if (item.type === 'Container') fillContainer(item)
  },
  validate: ({ spec }) => {
    const seen = new Set<string>()
    return eachOf('spec.limits', spec?.limits as readonly Item[] | undefined, (at, item) => {
      const type = item.type ?? ''
      const again = seen.has(type)
      seen.add(type)
      return [...typeErrors(`${at}.type`, type), ...(again ? [duplicate(`${at}.type`, type)] : []), ...itemErrors(at, item)]
    })
  },
})

/** A limit that is not said is the most, a request that is not said the limit, or the least. */
function fillContainer(item: Item): void {
  const filled = (own: List | undefined, from: List | undefined) => ({ ...from, ...own }) as Record<string, string>
  if (item.default || item.max) item.default = filled(item.default, item.max)
  if (item.defaultRequest || item.default || item.min) item.defaultRequest = filled(filled(item.defaultRequest, item.default), undefined)
  if (item.min) item.defaultRequest = filled(item.defaultRequest, item.min)
}

function typeErrors(at: string, type: string): FieldError[] {
  const errors = validateQualifiedName(at, type)
  if (errors.length === 0 && !type.includes('/') && !['Pod', 'Container', 'PersistentVolumeClaim'].includes(type))
    errors.push(invalid(at, type, 'must be a standard limit type or fully qualified'))
  return errors
}

function itemErrors(at: string, item: Item): FieldError[] {
  const { type, min = {}, max = {}, defaultRequest: request = {}, maxLimitRequestRatio: ratio = {} } = item
  const limit: List = item.default ?? {}
  const errors: FieldError[] = []
  if (type === 'Pod') {
    if (Object.keys(limit).length > 0) errors.push(forbidden(`${at}.default`, "may not be specified when `type` is 'Pod'"))
    if (Object.keys(request).length > 0) errors.push(forbidden(`${at}.defaultRequest`, "may not be specified when `type` is 'Pod'"))
  }
  if (type === 'PersistentVolumeClaim' && min.storage === undefined && max.storage === undefined)
    errors.push(required(at, 'either minimum or maximum storage value is required, but neither was provided'))
  const lists: readonly List[] = [max, min, limit, request, ratio]
  for (const name of [...new Set(lists.flatMap((list) => Object.keys(list)))].sort()) errors.push(...boundErrors(at, name, { min, max, request, limit, ratio }))
  return errors
}

function boundErrors(at: string, name: string, lists: Readonly<Record<'min' | 'max' | 'request' | 'limit' | 'ratio', List>>): FieldError[] {
  const errors: FieldError[] = []
  const of = (which: keyof typeof lists) => lists[which][name]
  const fields = { min: 'min', max: 'max', request: 'defaultRequest', limit: 'default', ratio: 'maxLimitRequestRatio' }
  const above = (one: keyof typeof lists, other: keyof typeof lists, field: keyof typeof lists, text: (a: string, b: string) => string) => {
    const [a, b] = [of(one), of(other)]
    if (a === undefined || b === undefined || readQuantity(a).value <= readQuantity(b).value) return
    const [shownA, shownB] = [a, b].map((each) => quantityText(readQuantity(each)))
    errors.push(invalid(`${at}.${fields[field]}[${name}]`, field === one ? shownA : shownB, text(shownA ?? '', shownB ?? '')))
  }
  above('min', 'max', 'min', (a, b) => `min value ${a} is greater than max value ${b}`)
  above('min', 'request', 'request', (a, b) => `min value ${a} is greater than default request value ${b}`)
  above('request', 'max', 'request', (a, b) => `default request value ${a} is greater than max value ${b}`)
  above('request', 'limit', 'request', (a, b) => `default request value ${a} is greater than default limit value ${b}`)
  above('min', 'limit', 'limit', (a, b) => `min value ${a} is greater than default value ${b}`)
  above('limit', 'max', 'limit', (a, b) => `default value ${a} is greater than max value ${b}`)
  const ratio = of('ratio')
  if (ratio === undefined) return errors
  const value = Number(readQuantity(ratio).value) / 1e9
  const field = `${at}.maxLimitRequestRatio[${name}]`
  if (value < 1) errors.push(invalid(field, ratio, `ratio ${ratio} is less than 1`))
  const [min, max] = [of('min'), of('max')]
  if (min !== undefined && max !== undefined && readQuantity(min).value > 0n) {
    const most = Number(readQuantity(max).value) / Number(readQuantity(min).value)
    if (value > most) errors.push(invalid(field, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`))
  }
  return errors
}
