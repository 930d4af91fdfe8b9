import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import { agePrinter } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'
import { mostListed, validateConfiguration, validateSelectors } from './device-validation.ts'
import { bounded } from './lists.ts'

type DeviceClass = Given<client.V1DeviceClass>

/** resource.k8s.io/v1 DeviceClass. */
export const deviceClasses = defineKind<DeviceClass>({
  group: 'resource.k8s.io',
  resource: 'deviceclasses',
  kind: 'DeviceClass',
  namespaced: false,
  returnsDeleted: true,
  printer: agePrinter,
  generation: bySpec,
  defaults(deviceClass) {
    deviceClass.spec ??= {}
  },
  validate({ spec = {} }, previous) {
    const { selectors, config, extendedResourceName: name } = spec
    const stored = (field: 'selectors' | 'config') => previous !== undefined && isDeepStrictEqual(spec[field], previous.spec?.[field])
    return [
      ...validateSelectors('spec.selectors', selectors, stored('selectors')),
      ...bounded('spec.config', config, mostListed, (at, each) => validateConfiguration(at, each, stored('config'))),
      ...(name === undefined ? [] : validateExtendedResource(name)),
    ]
  },
})

/** A resource of somebody's own, as nodes have them beside cpu and memory. */
function validateExtendedResource(name: string): FieldError[] {
  const [domain = ''] = name.split('/')
  const own = name.includes('/') && domain !== 'kubernetes.io' && !domain.endsWith('.kubernetes.io') && !name.startsWith('requests.')
  return own && validateQualifiedName('', `requests.${name}`).length === 0
    ? []
    : [invalid('spec.extendedResourceName', name, 'must be a valid extended resource name')]
}
