import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { canonicalIp } from '../../../../base/canonical-ip.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import { immutable } from '../../../../kube/validation/field-errors.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind } from '../kind.ts'
import { type EndpointSlice, validateEndpointSlice } from './endpoint-slice-validation.ts'

const shown = 3

/** The first of a list, and how many more there are. */
function firstOf(all: readonly string[]): string {
  if (all.length === 0) return '<unset>'
  const first = all.slice(0, shown).join(',')
  return all.length > shown ? `${first} + ${all.length - shown} more...` : first
}

const portText = ({ port, name }: client.DiscoveryV1EndpointPort) => (port === undefined ? (name ?? '*') : String(port))

/** Whether anything but who wrote it differs: labels count, too. */
function changed(next: KubeObject, previous: KubeObject): boolean {
  const { metadata: _next, ...now } = next
  const { metadata: _previous, ...before } = previous
  return !isDeepStrictEqual(now, before) || !isDeepStrictEqual(next.metadata?.labels ?? {}, previous.metadata?.labels ?? {})
}

/** discovery.k8s.io/v1 EndpointSlice. */
export const endpointSlices = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
  createsOnUpdate: true,
  generation: changed,
  printer: printer<EndpointSlice>(columns(['Name', 'AddressType', 'Ports', 'Endpoints', 'Age']), (slice, now) => [
    nameOf(slice),
    slice.addressType ?? '',
    firstOf((slice.ports ?? []).map(portText)),
    firstOf((slice.endpoints ?? []).flatMap(({ addresses = [] }) => addresses)),
    ageOf(slice, now),
  ]),
  defaults(slice) {
    slice.addressType ??= ''
    slice.endpoints ??= null as never
    slice.ports ??= null as never
    for (const port of slice.ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  validate: validateEndpointSlice,
  validateUpdate: (next, previous) => immutable('addressType', next.addressType, previous.addressType),
  warnings({ addressType, endpoints }) {
    if (addressType === 'FQDN') return ['spec.addressType: FQDN endpoints are deprecated']
    if (addressType !== 'IPv6') return []
    return (endpoints ?? []).flatMap(({ addresses = [] }, index) =>
      addresses.flatMap((address, place) => {
        const canonical = canonicalIp(address)
        const at = `endpoints[${index}].addresses[${place}]`
        return canonical === address
          ? []
          : [`${at}: IPv6 address ${JSON.stringify(address)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`]
      }),
    )
  },
})
