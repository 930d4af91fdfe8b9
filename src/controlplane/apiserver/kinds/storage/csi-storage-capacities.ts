import type * as client from '@kubernetes/client-node'
import { quantity } from '../../../../kube/quantity.ts'
import { immutable, invalid } from '../../../../kube/validation/field-errors.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { printer } from '../../table/columns.ts'
import { columns, nameOf } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'

export type CSIStorageCapacity = Given<client.V1CSIStorageCapacity>

/** storage.k8s.io/v1 CSIStorageCapacity. */
export const csiStorageCapacities = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  resource: 'csistoragecapacities',
  kind: 'CSIStorageCapacity',
  namespaced: true,
  printer: printer<CSIStorageCapacity>(columns(['Name', 'StorageClassName', 'Capacity']), (object) => [
    nameOf(object),
    object.storageClassName ?? '',
    object.capacity ?? '<unset>',
  ]),
  defaults(object) {
    object.storageClassName ??= ''
  },
  validate: ({ nodeTopology, storageClassName = '', capacity }) => [
    ...validateLabelSelector('nodeTopology', nodeTopology),
    ...validateName('storageClassName', storageClassName, 'subdomain'),
    ...(capacity !== undefined && quantity(capacity) < 0n ? [invalid('capacity', capacity, 'must be greater than or equal to 0')] : []),
  ],
  validateUpdate: (next, previous) => [
    ...immutable('nodeTopology', next.nodeTopology, previous.nodeTopology),
    ...immutable('storageClassName', next.storageClassName, previous.storageClassName),
  ],
})
