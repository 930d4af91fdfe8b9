import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { networkOf, validateCidr } from '../../../../kube/validation/ip-validation.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind, statusSubresource } from '../kind.ts'

type ServiceCIDR = Given<client.V1ServiceCIDR>

const path = 'spec.cidrs'

/** networking.k8s.io/v1 ServiceCIDR. */
export const serviceCidrs = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  resource: 'servicecidrs',
  kind: 'ServiceCIDR',
  namespaced: false,
  subresources: [statusSubresource('ServiceCIDR')],
  printer: printer<ServiceCIDR>(columns(['Name', 'CIDRs', 'Age']), (cidr, now) => [nameOf(cidr), (cidr.spec?.cidrs ?? []).join(','), ageOf(cidr, now)]),
  defaults(cidr) {
    cidr.spec ??= {}
    cidr.status ??= {}
  },
  prepareCreate(cidr) {
    cidr.status = {}
  },
  // What is stored was checked; an update may add a network at most.
  validate: ({ spec }, previous) => (previous ? [] : validateCidrs(spec?.cidrs ?? [])),
  validateUpdate(next, previous, subresource) {
    if (subresource === 'status') return []
    const [now, before] = [next.spec?.cidrs ?? [], previous.spec?.cidrs ?? []]
    const grown = before.length === 1 && now.length === 2
    if (now.length !== before.length && !grown) return [invalid(path, now, 'field is immutable')]
    const changed = eachOf(path, before, (at, cidr, index) => (now[index] === cidr ? [] : [invalid(at, now[index], 'field is immutable')]))
    return grown ? [...changed, ...validateCidrs(now)] : changed
  },
})

function validateCidrs(cidrs: readonly string[]): FieldError[] {
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalid(path, { CIDRs: cidrs }, 'may only hold up to 2 values')]
  const families = cidrs.map((cidr) => networkOf(cidr)?.family)
  const same = cidrs.length === 2 && families[0] !== undefined && families[0] === families[1]
  const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
  return [...eachOf(path, cidrs, validateCidr), ...(same ? [invalid(path, cidrs, why)] : [])]
}
