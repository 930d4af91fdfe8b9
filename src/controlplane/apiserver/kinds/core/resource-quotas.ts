import type { ResourceQuota } from '../../../../kube/objects.ts'
import { quantityText, readQuantity } from '../../../../kube/quantity-text.ts'
import { append, type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'
import { validateQuotaResourceName, validateResourceAmount } from '../../../../kube/validation/resource-names.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { validateScopeSelector, validateScopes } from './quota-scopes.ts'

/** core/v1 ResourceQuota. */
export const resourceQuotas = defineKind<ResourceQuota>({
  resource: 'resourcequotas',
  kind: 'ResourceQuota',
  namespaced: true,
  shortNames: ['quota'],
  subresources: [statusSubresource('ResourceQuota')],
  returnsDeleted: true,
  printer: printer<ResourceQuota>([column('Name'), column('Request'), column('Limit'), column('Age')], (quota, now) => {
    const names = Object.keys(quota.status?.hard ?? {}).sort()
    const isLimit = (name: string) => name.startsWith('limits.')
    const shown = (amount = '0') => quantityText(readQuantity(amount))
    const cell = (name: string) => `${name}: ${shown(quota.status?.used?.[name])}/${shown(quota.status?.hard?.[name])}`
    return [
      nameOf(quota),
      names
        .filter((name) => !isLimit(name))
        .map(cell)
        .join(', '),
      names.filter(isLimit).map(cell).join(', '),
      ageOf(quota, now),
    ]
  }),
  prepareCreate(quota) {
    quota.status = {}
  },
  validate: ({ spec }) => [...validateAmounts('spec.hard', spec?.hard), ...validateScopes('spec.scopes', spec), ...validateScopeSelector('spec', spec)],
  validateUpdate(next, previous, subresource) {
    if (subresource === 'status') return [...validateAmounts('status.hard', next.status?.hard), ...validateAmounts('status.used', next.status?.used)]
    const sorted = (quota: ResourceQuota) => [...new Set(quota.spec?.scopes)].sort().join()
    return sorted(next) === sorted(previous) ? [] : [invalid('spec.scopes', next.spec?.scopes ?? null, 'field is immutable')]
  },
})

function validateAmounts(path: string, amounts: Readonly<Record<string, string>> | undefined): FieldError[] {
  const errors: FieldError[] = []
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    const field = `${path}[${name}]`
    append(errors, [...validateQuotaResourceName(field, name), ...validateResourceAmount(field, name, amount)])
  }
  return errors
}
