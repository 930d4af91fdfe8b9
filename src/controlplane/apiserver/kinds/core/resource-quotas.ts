import type * as client from '@kubernetes/client-node'
import { quantityText, readQuantity } from '../../../../kube/quantity-text.ts'
import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import { nonNegativeQuantity } from '../../../../kube/validation/number-validation.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind, statusSubresource } from '../kind.ts'

type ResourceQuota = Given<client.V1ResourceQuota>

const compute = ['cpu', 'memory', 'ephemeral-storage', ...['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [`requests.${name}`, `limits.${name}`])]
const wholes = [
  ...['pods', 'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims', 'resourcequotas'],
  ...['services.nodeports', 'services.loadbalancers'],
]
const standard = new Set([...compute, ...wholes, 'requests.storage'])
const podScopes = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity']
const scopes = [...podScopes, 'VolumeAttributesClass']
const bestEffortOnly = new Set(['pods'])
const shown = (text: string | undefined) => (text === undefined ? '0' : quantityText(readQuantity(text)))

/** core/v1 ResourceQuota; its status says what is used of it. */
export const resourceQuotas = defineKind<ResourceQuota>({
  resource: 'resourcequotas',
  kind: 'ResourceQuota',
  namespaced: true,
  shortNames: ['quota'],
  subresources: [statusSubresource('ResourceQuota')],
  printer: printer<ResourceQuota>(columns(['Name', 'Request', 'Limit', 'Age']), (quota, now) => {
    const { hard = {}, used = {} } = quota.status ?? {}
    const line = (ofLimits: boolean) =>
      Object.keys(hard)
        .filter((name) => name.startsWith('limits.') === ofLimits)
        .sort()
        .map((name) => `${name}: ${shown(used[name])}/${shown(hard[name])}`)
        .join(', ')
    return [nameOf(quota), line(false), line(true), ageOf(quota, now)]
  }),
  prepareCreate(quota) {
    quota.status = {}
  },
  validate: ({ spec }) => [...hardErrors('spec.hard', spec?.hard), ...scopeErrors(spec)],
  validateUpdate(next, previous, subresource) {
    if (subresource === 'status') return [...hardErrors('status.hard', next.status?.hard), ...hardErrors('status.used', next.status?.used)]
    const same = (left: unknown, right: unknown) => JSON.stringify(left ?? []) === JSON.stringify(right ?? [])
    const sorted = (list: readonly string[] | undefined) => [...(list ?? [])].sort()
    return same(sorted(next.spec?.scopes), sorted(previous.spec?.scopes)) ? [] : [invalid('spec.scopes', next.spec?.scopes ?? null, 'field is immutable')]
  },
})

function hardErrors(path: string, hard: Readonly<Record<string, string | undefined>> | undefined): FieldError[] {
  return Object.entries(hard ?? {}).flatMap(([name, amount = '0']) => {
    const at = `${path}[${name}]`
    const errors = validateQualifiedName(at, name)
    if (!name.includes('/') && !standard.has(name) && !/^(requests\.)?hugepages-/.test(name))
      errors.push(invalid(at, name, 'must be a standard resource for quota'))
    errors.push(...nonNegativeQuantity(at, String(amount)))
    const isWhole = wholes.includes(name) || name.startsWith('count/')
    if (isWhole && readQuantity(amount).value % 1_000_000_000n !== 0n) errors.push(invalid(at, amount, 'must be an integer'))
    return errors
  })
}

function scopeErrors(spec: ResourceQuota['spec']): FieldError[] {
  const errors: FieldError[] = []
  const names = Object.keys(spec?.hard ?? {})
  const check = (path: string, list: readonly string[], told: unknown) => {
    for (const scope of list) {
      if (!scopes.includes(scope)) errors.push(invalid(path, told, 'unsupported scope'))
      const ofPods = (name: string) =>
        compute.includes(name) || name === 'pods' || name === 'count/pods' || /^(requests\.)?hugepages-|^requests\..+\//.test(name)
      const fits = (name: string) => (scope === 'BestEffort' ? bestEffortOnly.has(name) || name === 'count/pods' : ofPods(name))
      if (podScopes.includes(scope) && names.some((name) => !fits(name))) errors.push(invalid(path, told, 'unsupported scope applied to resource'))
    }
    for (const [one, other] of [
      ['BestEffort', 'NotBestEffort'],
      ['Terminating', 'NotTerminating'],
    ] as const)
      if (list.includes(one) && list.includes(other)) errors.push(invalid(path, told, 'conflicting scopes'))
  }
  if (spec?.scopes?.length) check('spec.scopes', spec.scopes as string[], spec.scopes)
  const expressions = spec?.scopeSelector?.matchExpressions ?? []
  for (const { scopeName = '', operator = '', values = [] } of expressions) {
    const at = 'spec.scopeSelector.matchExpressions'
    if (!scopes.includes(scopeName)) errors.push(invalid(`${at}.scopeName`, scopeName, 'unsupported scope'))
    if (scopeName !== 'PriorityClass' && scopeName !== 'VolumeAttributesClass' && operator !== 'Exists')
      errors.push(
        invalid(
          `${at}.operator`,
          operator,
          "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      )
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
      errors.push({
        reason: 'FieldValueRequired',
        field: `${at}.values`,
        message: "Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      })
    if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0)
      errors.push(invalid(`${at}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"))
    if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator)) errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'))
  }
  const selected = expressions.map(({ scopeName = '' }) => scopeName).filter((each) => scopes.includes(each))
  if (selected.length > 0) check('spec.scopeSelector.matchExpressions', selected, expressions)
  return errors
}
