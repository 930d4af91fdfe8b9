import type { V1CounterSet, V1Device, V1DeviceAttribute, V1DeviceCapacity, V1DeviceCounterConsumption, V1ResourceSlice } from '@kubernetes/client-node'
import { type FieldError, forbidden, invalid, required, tooLong, tooMany } from '../../../../kube/validation/field-errors.ts'
import { validateDriverName } from '../../../../kube/validation/formats.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { validateNodeSelector } from '../../../../kube/validation/node-selector-validation.ts'
import type { Given, GivenPart } from '../given.ts'
import { validatePoolName, validateQualifiedName, validateTaint } from './device-validation.ts'
import { bounded, boundedSet } from './lists.ts'

export type ResourceSlice = Given<V1ResourceSlice>
type Device = GivenPart<V1Device>
type Attribute = GivenPart<V1DeviceAttribute>
type Places = Pick<Device, 'nodeName' | 'nodeSelector' | 'allNodes'>

const most = { devices: 128, devicesWithMore: 64, named: 32, taints: 16, counterSets: 8, counters: 32, consumptions: 2 }
const longestValue = 64
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/

/** The mistakes of the devices that a driver offers. */
export function validateSlice({ spec = {} }: ResourceSlice): FieldError[] {
  const { driver = '', pool = {}, devices, sharedCounters, perDeviceNodeSelection: perDevice } = spec
  const { name = '', resourceSliceCount: count = 0, generation = 0 } = pool
  const errors = [...validateDriverName('spec.driver', driver), ...validatePoolName('spec.pool.name', name)]
  if (count <= 0) errors.push(invalid('spec.pool.resourceSliceCount', count, 'must be greater than zero'))
  if (generation < 0) errors.push(invalid('spec.pool.generation', generation, 'must be greater than or equal to zero'))
  errors.push(...validateSlicePlaces(spec))
  if (sharedCounters && devices) errors.push(invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed'))
  const withMore = devices?.some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length)
  const bound = withMore ? most.devicesWithMore : most.devices
  return [
    ...errors,
    ...boundedSet(
      'spec.devices',
      devices,
      bound,
      (device) => device.name ?? '',
      (at, device) => validateDevice(at, device, perDevice === true),
    ),
    ...boundedSet('spec.sharedCounters', sharedCounters, most.counterSets, (set) => set.name ?? '', validateCounterSet),
  ]
}

function validateSlicePlaces(spec: NonNullable<ResourceSlice['spec']>): FieldError[] {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection: perDevice } = spec
  const errors = validatePlaces('spec', spec, 'must be either unset or set to a non-empty string')
  if (nodeSelector && nodeSelector.nodeSelectorTerms?.length !== 1)
    errors.push(invalid('spec.nodeSelector.nodeSelectorTerms', nodeSelector.nodeSelectorTerms ?? null, 'must have exactly one node selector term'))
  if (perDevice === false) errors.push(invalid('spec.perDeviceNodeSelection', false, 'must be either unset or set to true'))
  const set = [nodeName && 'nodeName', nodeSelector && 'nodeSelector', allNodes && 'allNodes', perDevice && 'perDeviceNodeSelection']
  return [
    ...errors,
    ...exactlyOne('spec', set, 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required', ', but multiple fields are set'),
  ]
}

function validatePlaces(at: string, { nodeName, nodeSelector, allNodes }: Places, noName: string): FieldError[] {
  return [
    ...(nodeName === undefined ? [] : nodeName === '' ? [invalid(`${at}.nodeName`, nodeName, noName)] : validateName(`${at}.nodeName`, nodeName, 'subdomain')),
    ...(nodeSelector ? validateNodeSelector(`${at}.nodeSelector`, nodeSelector) : []),
    ...(allNodes === false ? [invalid(`${at}.allNodes`, false, 'must be either unset or set to true')] : []),
  ]
}

function exactlyOne(at: string, fields: readonly unknown[], why: string, many = ''): FieldError[] {
  const set = fields.filter((field) => typeof field === 'string' && field !== '').map((field) => `\`${field}\``)
  if (set.length === 0) return [required(at, why)]
  return set.length === 1 ? [] : [invalid(at, `{${set.join(', ')}}`, `${why}${many}`)]
}

function validateDevice(at: string, device: Device, perDevice: boolean): FieldError[] {
  const { name = '', attributes = {}, capacity = {}, taints, consumesCounters, nodeName, nodeSelector, allNodes } = device
  const errors = validateName(`${at}.name`, name, 'label')
  const count = Object.keys(attributes).length + Object.keys(capacity).length
  if (count > most.named) errors.push(invalid(at, count, `the total number of attributes and capacities must not exceed ${most.named}`))
  for (const [key, attribute] of Object.entries(attributes))
    errors.push(...validateQualifiedName(`${at}.attributes`, key), ...validateAttribute(`${at}.attributes[${key}]`, attribute))
  for (const [key, each] of Object.entries(capacity))
    errors.push(...validateQualifiedName(`${at}.capacity`, key), ...validateCapacity(`${at}.capacity[${key}]`, each, device.allowMultipleAllocations === true))
  errors.push(
    ...bounded(`${at}.taints`, taints, most.taints, validateTaint),
    ...boundedSet(`${at}.consumesCounters`, consumesCounters, most.consumptions, ({ counterSet = '' }) => counterSet, validateConsumption),
  )
  if (perDevice) {
    const why = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
    const set = [nodeName && 'nodeName', nodeSelector && 'nodeSelector', allNodes && 'allNodes']
    errors.push(...validatePlaces(at, device, 'must not be empty'), ...exactlyOne(at, set, why))
  } else if (nodeName !== undefined || nodeSelector !== undefined || allNodes !== undefined)
    errors.push(
      invalid(at, null, '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'),
    )
  return errors
}

function validateAttribute(at: string, attribute: Attribute): FieldError[] {
  const { string: text, version } = attribute
  const errors: FieldError[] = []
  if (text !== undefined && Buffer.byteLength(text) > longestValue) errors.push(tooLong(`${at}.string`, longestValue))
  if (version !== undefined) {
    if (!semver.test(version)) errors.push(invalid(`${at}.version`, version, 'must be a string compatible with semver.org spec 2.0.0'))
    if (Buffer.byteLength(version) > longestValue) errors.push(tooLong(`${at}.version`, longestValue))
  }
  const set = Object.values(attribute).filter((value) => value !== undefined).length
  if (set === 0) errors.push(invalid(at, '', 'exactly one value must be specified'))
  if (set > 1) errors.push(invalid(at, attribute, 'exactly one value must be specified'))
  return errors
}

const validateCapacity = (at: string, { requestPolicy }: GivenPart<V1DeviceCapacity>, shared: boolean): FieldError[] =>
  requestPolicy && !shared ? [forbidden(`${at}.requestPolicy`, 'allowMultipleAllocations must be true')] : []

function validateCounters(at: string, counters: Readonly<Record<string, unknown>> = {}): FieldError[] {
  const names = Object.keys(counters)
  if (names.length === 0) return [required(at)]
  if (names.length > most.counters) return [tooMany(at, names.length, most.counters)]
  return names.flatMap((name) => validateName(at, name, 'label'))
}

const validateCounterSet = (at: string, { name = '', counters }: GivenPart<V1CounterSet>): FieldError[] => [
  ...(name === '' ? [required(`${at}.name`)] : validateName(`${at}.name`, name, 'label')),
  ...validateCounters(`${at}.counters`, counters),
]

const validateConsumption = (at: string, { counterSet = '', counters }: GivenPart<V1DeviceCounterConsumption>): FieldError[] => [
  ...(counterSet === '' ? [required(`${at}.counterSet`)] : validateName(`${at}.counterSet`, counterSet, 'label')),
  ...validateCounters(`${at}.counters`, counters),
]
