import { isIPv6 } from 'node:net'
import type * as client from '@kubernetes/client-node'
import { duplicate, eachOf, type FieldError, invalid, notSupported, required, tooMany } from '../../../../kube/validation/field-errors.ts'
import { validateFullyQualifiedDomain } from '../../../../kube/validation/formats.ts'
import { validateIpLeniently, validateNonSpecialIp } from '../../../../kube/validation/ip-validation.ts'
import { validateLabels, validateLabelValue, validateName, validateQualifiedName } from '../../../../kube/validation/names.ts'
import type { Given, GivenPart } from '../given.ts'

export type EndpointSlice = Given<client.V1EndpointSlice>
type Endpoint = GivenPart<client.V1Endpoint>

const most = { endpoints: 1000, addresses: 100, ports: 20_000, topology: 16, hints: 8 }
const addressTypes = ['FQDN', 'IPv4', 'IPv6']
const protocols = ['SCTP', 'TCP', 'UDP']

/** The mistakes of an EndpointSlice; addresses that were stored may stay. */
export function validateEndpointSlice({ addressType = '', endpoints, ports }: EndpointSlice, previous?: EndpointSlice): FieldError[] {
  // `IP` is what it was called once: no new slice has it.
  const types = previous ? [...addressTypes, 'IP'].sort() : addressTypes
  const known = (previous?.endpoints ?? []).flatMap(({ addresses = [] }) => addresses)
  const type = addressType === '' ? [required('addressType')] : types.includes(addressType) ? [] : [notSupported('addressType', addressType, types)]
  const many = (endpoints?.length ?? 0) > most.endpoints
  return [
    ...type,
    ...(many
      ? [tooMany('endpoints', endpoints?.length ?? 0, most.endpoints)]
      : eachOf('endpoints', endpoints, (at, endpoint) => validateEndpoint(at, endpoint, addressType, known))),
    ...validatePorts(ports),
  ]
}

function validateEndpoint(at: string, endpoint: Endpoint, addressType: string, known: readonly string[]): FieldError[] {
  const { addresses = [], deprecatedTopology, hostname, nodeName, hints } = endpoint
  const errors: FieldError[] = []
  if (addresses.length === 0) errors.push(required(`${at}.addresses`, 'must contain at least 1 address'))
  else if (addresses.length > most.addresses) errors.push(tooMany(`${at}.addresses`, addresses.length, most.addresses))
  errors.push(...eachOf(`${at}.addresses`, addresses, (place, address) => validateAddress(place, address, addressType, known)))
  if (nodeName !== undefined) errors.push(...validateName(`${at}.nodeName`, nodeName, 'subdomain'))
  const topology = `${at}.deprecatedTopology`
  const labels = Object.keys(deprecatedTopology ?? {}).length
  if (labels > most.topology) errors.push(tooMany(topology, labels, most.topology))
  errors.push(...validateLabels(topology, deprecatedTopology))
  if (hostname !== undefined) errors.push(...validateName(`${at}.hostname`, hostname, 'label'))
  return [
    ...errors,
    ...validateHints(`${at}.hints.forZones`, hints?.forZones, validateLabelValue),
    ...validateHints(`${at}.hints.forNodes`, hints?.forNodes, (place, name) => validateName(place, name, 'subdomain')),
  ]
}

function validateAddress(at: string, address: string, type: string, known: readonly string[]): FieldError[] {
  if (type === 'FQDN') return validateFullyQualifiedDomain(at, address)
  if (type !== 'IPv4' && type !== 'IPv6') return type === 'IP' ? validateIpLeniently(at, address, known) : []
  const errors = validateIpLeniently(at, address, known)
  if (errors.length > 0) return errors
  if (isIPv6(address) !== (type === 'IPv6')) return [invalid(at, address, `must be an ${type} address`)]
  return validateNonSpecialIp(at, address)
}

function validateHints(
  path: string,
  hints: readonly { readonly name?: string }[] | undefined,
  check: (at: string, name: string) => FieldError[],
): FieldError[] {
  if ((hints?.length ?? 0) > most.hints) return [tooMany(path, hints?.length ?? 0, most.hints)]
  const seen = new Set<string>()
  return eachOf(path, hints, (at, { name = '' }) => {
    if (seen.has(name)) return [duplicate(`${at}.name`, name)]
    seen.add(name)
    return check(`${at}.name`, name)
  })
}

function validatePorts(ports: EndpointSlice['ports']): FieldError[] {
  if ((ports?.length ?? 0) > most.ports) return [tooMany('ports', ports?.length ?? 0, most.ports)]
  const names = new Set<string>()
  return eachOf('ports', ports, (at, { name = '', protocol = 'TCP', appProtocol }) => {
    const errors = name === '' ? [] : validateName(`${at}.name`, name, 'label')
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
    names.add(name)
    if (!protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols))
    if (appProtocol !== undefined) errors.push(...validateQualifiedName(`${at}.appProtocol`, appProtocol))
    return errors
  })
}
