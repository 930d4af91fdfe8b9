import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validatePort } from '../../../../kube/validation/formats.ts'
import { validateIpLeniently, validateNonSpecialIp } from '../../../../kube/validation/ip-validation.ts'
import { validateName, validateQualifiedName } from '../../../../kube/validation/names.ts'
import type { Given, GivenPart } from '../given.ts'

export type Endpoints = Given<client.V1Endpoints>
type Address = GivenPart<client.V1EndpointAddress>
type Port = GivenPart<client.CoreV1EndpointPort>

const protocols = ['TCP', 'UDP', 'SCTP']

/** The mistakes of Endpoints. */
export const validateEndpoints = ({ subsets }: Endpoints): FieldError[] =>
  eachOf('subsets', subsets, (at, { addresses = [], notReadyAddresses = [], ports = [] }) => [
    ...(addresses.length + notReadyAddresses.length === 0 ? [required(at, 'must specify `addresses` or `notReadyAddresses`')] : []),
    ...eachOf(`${at}.addresses`, addresses, validateAddress),
    ...eachOf(`${at}.notReadyAddresses`, notReadyAddresses, validateAddress),
    ...eachOf(`${at}.ports`, ports, (place, port) => validateEndpointPort(place, port, ports.length > 1)),
  ])

function validateAddress(at: string, { ip = '', hostname, nodeName }: Address): FieldError[] {
  return [
    ...validateIpLeniently(`${at}.ip`, ip),
    ...(hostname ? validateName(`${at}.hostname`, hostname, 'label') : []),
    ...(nodeName === undefined ? [] : validateName(`${at}.nodeName`, nodeName, 'subdomain')),
    ...validateNonSpecialIp(`${at}.ip`, ip),
  ]
}

function validateEndpointPort(at: string, { name, port = 0, protocol = '', appProtocol }: Port, needsName: boolean): FieldError[] {
  const errors = name ? validateName(`${at}.name`, name, 'label') : needsName ? [required(`${at}.name`)] : []
  errors.push(...validatePort(`${at}.port`, port))
  if (protocol === '') errors.push(required(`${at}.protocol`))
  else if (!protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols))
  if (appProtocol !== undefined) errors.push(...validateQualifiedName(`${at}.appProtocol`, appProtocol))
  return errors
}
