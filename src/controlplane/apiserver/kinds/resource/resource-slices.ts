import { immutable } from '../../../../kube/validation/field-errors.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import { defineKind } from '../kind.ts'
import { type ResourceSlice, validateSlice } from './slice-validation.ts'

/** resource.k8s.io/v1 ResourceSlice. */
export const resourceSlices = defineKind<ResourceSlice>({
  group: 'resource.k8s.io',
  resource: 'resourceslices',
  kind: 'ResourceSlice',
  namespaced: false,
  returnsDeleted: true,
  generation: bySpec,
  fields: ({ spec }) => ({ 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '' }),
  printer: printer<ResourceSlice>(columns(['Name', 'Node', 'Driver', 'Pool', 'Age']), (slice, now) => [
    nameOf(slice),
    slice.spec?.nodeName ?? '',
    slice.spec?.driver ?? '',
    slice.spec?.pool?.name ?? '',
    ageOf(slice, now),
  ]),
  defaults(slice) {
    slice.spec ??= {}
    slice.spec.driver ??= ''
    slice.spec.pool ??= {}
  },
  validate: validateSlice,
  validateUpdate: (next, previous) => [
    ...immutable('spec.pool.name', next.spec?.pool?.name, previous.spec?.pool?.name),
    ...immutable('spec.driver', next.spec?.driver, previous.spec?.driver),
    ...immutable('spec.nodeName', next.spec?.nodeName, previous.spec?.nodeName),
  ],
})
