import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { duplicate, eachOf, type FieldError, immutable, invalid, notSupported, notSupportedInOrder } from '../../../../kube/validation/field-errors.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'

export type CSIDriver = Given<client.V1CSIDriver>
type Tokens = NonNullable<CSIDriver['spec']>['tokenRequests']

const yesOrNo = (title: string) => column(title, 0, 'boolean')
const fsGroupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType']
const lifecycleModes = ['Persistent', 'Ephemeral']
/** What of the spec may change, and counts. */
const mutable = ['tokenRequests', 'requiresRepublish', 'seLinuxMount', 'nodeAllocatableUpdatePeriodSeconds'] as const

/** storage.k8s.io/v1 CSIDriver. */
export const csiDrivers = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  resource: 'csidrivers',
  kind: 'CSIDriver',
  namespaced: false,
  returnsDeleted: true,
  printer: printer<CSIDriver>(
    [
      column('Name'),
      yesOrNo('AttachRequired'),
      yesOrNo('PodInfoOnMount'),
      yesOrNo('StorageCapacity'),
      column('TokenRequests'),
      yesOrNo('RequiresRepublish'),
      column('Modes'),
      column('Age'),
    ],
    ({ spec = {}, ...driver }, now) => [
      nameOf(driver),
      spec.attachRequired ?? true,
      spec.podInfoOnMount ?? false,
      spec.storageCapacity ?? false,
      spec.tokenRequests?.map(({ audience = '' }) => audience).join(',') ?? '<unset>',
      spec.requiresRepublish ?? false,
      (spec.volumeLifecycleModes ?? []).join(',') || '<none>',
      ageOf(driver, now),
    ],
  ),
  defaults(driver) {
    driver.spec ??= {}
    const { spec } = driver
    spec.attachRequired ??= true
    spec.podInfoOnMount ??= false
    spec.storageCapacity ??= false
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent']
    spec.requiresRepublish ??= false
    spec.seLinuxMount ??= false
  },
  prepareUpdate(next, previous) {
    const same = mutable.every((field) => isDeepStrictEqual(next.spec?.[field], previous.spec?.[field]))
    if (!same && next.metadata) next.metadata.generation = (previous.metadata?.generation ?? 0) + 1
  },
  validate({ spec }) {
    const errors: FieldError[] = []
    const { fsGroupPolicy, tokenRequests, volumeLifecycleModes, nodeAllocatableUpdatePeriodSeconds: period } = spec ?? {}
    if (fsGroupPolicy !== undefined && !fsGroupPolicies.includes(fsGroupPolicy)) errors.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, fsGroupPolicies))
    errors.push(...validateTokens(tokenRequests))
    for (const mode of volumeLifecycleModes ?? [])
      if (!lifecycleModes.includes(mode)) errors.push(notSupportedInOrder('spec.volumeLifecycleModes', mode, lifecycleModes))
    if (period !== undefined && period < 10)
      errors.push(invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, 'must be greater than or equal to 10 seconds'))
    return errors
  },
  validateUpdate: (next, previous) => [
    ...immutable('spec.attachedRequired', next.spec?.attachRequired, previous.spec?.attachRequired),
    ...immutable('spec.volumeLifecycleModes', next.spec?.volumeLifecycleModes, previous.spec?.volumeLifecycleModes),
  ],
})

function validateTokens(tokens: Tokens): FieldError[] {
  const seen = new Set<string>()
  return eachOf('spec.tokenRequests', tokens, (at, { audience = '', expirationSeconds: seconds }) => {
    if (seen.has(audience)) return [duplicate(`${at}.audience`, audience)]
    seen.add(audience)
    if (seconds === undefined) return []
    if (seconds < 600) return [invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes')]
    return seconds > 2 ** 32 ? [invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds')] : []
  })
}
