import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { required } from '../../../../kube/validation/field-errors.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'
import { unchanged, validateParameters, validateProvisioner } from './class-validation.ts'

type VolumeAttributesClass = Given<client.V1VolumeAttributesClass>

/** storage.k8s.io/v1 VolumeAttributesClass. */
export const volumeAttributesClasses = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  resource: 'volumeattributesclasses',
  kind: 'VolumeAttributesClass',
  namespaced: false,
  shortNames: ['vac'],
  returnsDeleted: true,
  printer: printer<VolumeAttributesClass>(columns(['Name', 'DriverName', 'Age']), (object, now) => [
    nameOf(object),
    object.driverName ?? '',
    ageOf(object, now),
  ]),
  defaults(object) {
    object.driverName ??= ''
  },
  validate: ({ driverName = '', parameters }) => [
    ...validateProvisioner('driverName', driverName),
    ...validateParameters(parameters),
    ...(Object.keys(parameters ?? {}).length === 0 ? [required('parameters', 'must contain at least one key/value pair')] : []),
  ],
  validateUpdate: (next, previous) => [
    ...unchanged('driverName', next.driverName === previous.driverName),
    ...unchanged('parameters', isDeepStrictEqual(next.parameters, previous.parameters)),
  ],
})
