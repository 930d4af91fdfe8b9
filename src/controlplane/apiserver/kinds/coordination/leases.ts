import type { Lease } from '../../../../kube/objects.ts'
import { type FieldError, forbidden, invalid, notSupported } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind } from '../kind.ts'

const strategies = ['OldestEmulationVersion']

/** coordination.k8s.io/v1 Lease. */
export const leases = defineKind<Lease>({
  group: 'coordination.k8s.io',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
  createsOnUpdate: true,
  printer: printer<Lease>(columns(['Name', 'Holder', 'Age']), (lease, now) => [nameOf(lease), lease.spec?.holderIdentity ?? '', ageOf(lease, now)]),
  defaults(lease) {
    lease.spec ??= {}
  },
  validate({ spec }) {
    const errors: FieldError[] = []
    const { leaseDurationSeconds: seconds, leaseTransitions: transitions, strategy, preferredHolder } = spec ?? {}
    if (seconds !== undefined && seconds <= 0) errors.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'))
    if (transitions !== undefined && transitions < 0) errors.push(invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'))
    if (strategy !== undefined) errors.push(...validateStrategy(strategy))
    if (preferredHolder && !strategy) errors.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'))
    return errors
  },
})

/** A name of Kubernetes' own, or one of somebody's domain. Upstream names the field twice. */
function validateStrategy(strategy: string): FieldError[] {
  const field = 'spec.strategy.strategy'
  if (strategy.includes('/')) return validateQualifiedName(field, strategy)
  return strategies.includes(strategy) ? [] : [notSupported(field, strategy, strategies)]
}
