import type * as client from '@kubernetes/client-node'
import { immutable } from '../../../../kube/validation/field-errors.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { validateClaimStatus } from './claim-status-validation.ts'
import { claimDefaults, validateClaimSpec } from './claim-validation.ts'

export type ResourceClaim = Given<client.ResourceV1ResourceClaim>

function stateOf({ metadata, status }: ResourceClaim): string {
  const deleted = metadata?.deletionTimestamp ? ['deleted'] : []
  if (!status?.allocation) return (metadata?.deletionTimestamp ? deleted : ['pending']).join()
  return [...deleted, 'allocated', ...(status.reservedFor?.length ? ['reserved'] : [])].join()
}

/** resource.k8s.io/v1 ResourceClaim. */
export const resourceClaims = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  resource: 'resourceclaims',
  kind: 'ResourceClaim',
  namespaced: true,
  returnsDeleted: true,
  subresources: [statusSubresource('ResourceClaim')],
  printer: printer<ResourceClaim>(columns(['Name', 'State', 'Age']), (claim, now) => [nameOf(claim), stateOf(claim), ageOf(claim, now)]),
  defaults(claim) {
    claim.spec ??= {}
    claimDefaults(claim.spec)
    claim.status ??= {}
  },
  prepareCreate(claim) {
    claim.status = {}
  },
  validate: ({ spec }, previous) => (previous ? [] : validateClaimSpec('spec', spec)),
  validateUpdate: (next, previous, subresource) =>
    subresource === 'status' ? validateClaimStatus(next, previous) : immutable('spec', next.spec, previous.spec),
})
