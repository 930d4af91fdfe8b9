import type { Lease } from '../../../../kube/objects.ts'
import { invalid } from '../../../../kube/validation/field-errors.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind } from '../kind.ts'

/** coordination.k8s.io/v1 Lease. */
export const leases = defineKind<Lease>({
  group: 'coordination.k8s.io',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
  createsOnUpdate: true,
  printer: printer<Lease>(columns(['Name', 'Holder', 'Age']), (lease, now) => [nameOf(lease), lease.spec?.holderIdentity ?? '', ageOf(lease, now)]),
  validate({ spec }) {
    const seconds = spec?.leaseDurationSeconds
    return seconds !== undefined && seconds <= 0 ? [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : []
  },
})
