import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { validateConditions } from '../../../../kube/validation/condition-validation.ts'
import {
  duplicate,
  eachOf,
  type FieldError,
  forbidden,
  immutable,
  invalid,
  notSupportedInOrder,
  required,
  tooLong,
} from '../../../../kube/validation/field-errors.ts'
import { validateDriverName } from '../../../../kube/validation/formats.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { validateNodeSelector } from '../../../../kube/validation/node-selector-validation.ts'
import type { Given, GivenPart } from '../given.ts'
import { type RequestNames, requestNames, validateReference, validateReferences } from './claim-validation.ts'
import { mostListed, validateConfiguration, validateParameters, validatePoolName, validateToleration } from './device-validation.ts'
import { bounded, boundedSet } from './lists.ts'

type ResourceClaim = Given<client.ResourceV1ResourceClaim>
type Allocation = GivenPart<client.V1AllocationResult>
type Result = GivenPart<client.V1DeviceRequestAllocationResult>
type DeviceStatus = GivenPart<client.V1AllocatedDeviceStatus>

const mostConsumers = 256
const longestData = 10 * 1024
const longestInterface = 256
const longestHardware = 128

const idOf = ({ driver = '', pool = '', device = '', shareID = '' }: DeviceStatus) => [driver, pool, device, shareID].join('/')

/** The mistakes of what was given to a claim, and to whom. What was allocated is allocated until it is given back. */
export function validateClaimStatus({ metadata, spec, status = {} }: ResourceClaim, previous: ResourceClaim): FieldError[] {
  const before = previous.status ?? {}
  const { reservedFor, devices, allocation } = status
  const allocated = new Set((allocation?.devices?.results ?? []).map(idOf))
  const errors = boundedSet(
    'status.reservedFor',
    reservedFor,
    mostConsumers,
    ({ uid = '' }) => uid,
    (at, consumer) => (['resource', 'name', 'uid'] as const).filter((field) => !consumer[field]).map((field) => required(`${at}.${field}`)),
  )
  const seen = new Set<string>()
  errors.push(
    ...eachOf('status.devices', devices, (at, device) => {
      const id = idOf(device)
      const again = seen.has(id) ? [duplicate(at, id)] : []
      seen.add(id)
      return [...validateDeviceStatus(at, device, allocated), ...again]
    }),
  )
  if (reservedFor?.length && !allocation) errors.push(forbidden('status.reservedFor', 'may not be specified when `allocated` is not set'))
  else if (reservedFor?.length && metadata?.deletionTimestamp) {
    const added = reservedFor.some((each) => !before.reservedFor?.some((old) => isDeepStrictEqual(old, each)))
    if (added) errors.push(forbidden('status.reservedFor', 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set'))
  }
  if (allocation && before.allocation) errors.push(...immutable('status.allocation', allocation, before.allocation))
  else if (allocation) errors.push(...validateAllocation('status.allocation', allocation, requestNames(spec)))
  return errors
}

function validateAllocation(at: string, { devices, nodeSelector }: Allocation, names: RequestNames): FieldError[] {
  return [
    ...bounded(`${at}.devices.results`, devices?.results, mostListed, (place, result) => validateResult(place, result, names)),
    ...bounded(`${at}.devices.config`, devices?.config, 2 * mostListed, (place, each) => [
      ...validateSource(`${place}.source`, each.source ?? ''),
      ...validateReferences(`${place}.requests`, each.requests, names),
      ...validateConfiguration(place, each),
    ]),
    ...(nodeSelector ? validateNodeSelector(`${at}.nodeSelector`, nodeSelector) : []),
  ]
}

function validateSource(field: string, source: string): FieldError[] {
  if (source === '') return [required(field)]
  const sources = ['FromClaim', 'FromClass']
  return sources.includes(source) ? [] : [notSupportedInOrder(field, source, sources)]
}

function validateResult(at: string, { request = '', driver = '', pool = '', device = '', tolerations }: Result, names: RequestNames): FieldError[] {
  return [
    ...validateReference(`${at}.request`, request, names),
    ...validateDriverName(`${at}.driver`, driver),
    ...validatePoolName(`${at}.pool`, pool),
    ...validateName(`${at}.device`, device, 'label'),
    ...eachOf(`${at}.tolerations`, tolerations, validateToleration),
  ]
}

function validateDeviceStatus(at: string, status: DeviceStatus, allocated: ReadonlySet<string>): FieldError[] {
  const { driver = '', pool = '', device = '', conditions, data, networkData } = status
  const { interfaceName = '', hardwareAddress = '' } = networkData ?? {}
  return [
    ...validateDriverName(`${at}.driver`, driver),
    ...validatePoolName(`${at}.pool`, pool),
    ...validateName(`${at}.device`, device, 'label'),
    ...(allocated.has(idOf(status)) ? [] : [invalid(at, idOf(status), 'must be an allocated device in the claim')]),
    ...validateConditions(`${at}.conditions`, conditions),
    ...(data === undefined ? [] : validateParameters(`${at}.data`, data, longestData)),
    ...(interfaceName.length > longestInterface ? [tooLong(`${at}.networkData.interfaceName`, longestInterface)] : []),
    ...(hardwareAddress.length > longestHardware ? [tooLong(`${at}.networkData.hardwareAddress`, longestHardware)] : []),
  ]
}
