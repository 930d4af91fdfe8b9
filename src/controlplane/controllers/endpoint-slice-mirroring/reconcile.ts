import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { Endpoints } from '../../../kube/objects.ts'
import { type AddressType, type Endpoint, type EndpointPort, type EndpointSlice, lastChangeTriggerTime } from '../endpoints/endpoint.ts'
import { portsKey } from '../endpoints/ports.ts'
import { generateNameOf, managedByLabel, type SliceAction, serviceNameLabel } from '../endpoints/slices.ts'
import { controllerReference } from '../runtime/claim.ts'

export const mirrorController = 'endpointslicemirroring-controller.k8s.io'

export interface MirrorPlan {
  readonly actions: readonly SliceAction[]
  /** Addresses that are none, and those beyond what a subset may have. */
  readonly invalid: number
  readonly skipped: number
}

interface Wanted {
  readonly type: AddressType
  readonly ports: EndpointPort[]
  readonly endpoints: Map<string, Endpoint>
}

// kube-controller-manager's --mirroring-max-endpoints-per-subset.
export const mostOfSubset = 1000
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Which slices are to be written so that they say what somebody's Endpoints say: one for each set of ports and family. */
export function mirror(endpoints: Endpoints, slices: readonly EndpointSlice[]): MirrorPlan {
  const { wanted, invalid, skipped } = wantedOf(endpoints)
  const create: EndpointSlice[] = []
  const update: EndpointSlice[] = []
  const remove = slices.filter((slice) => !wanted.has(keyOf(slice.addressType, slice.ports)))
  for (const [key, { type, ports, endpoints: each }] of wanted) {
    const [first, ...rest] = slices.filter((slice) => keyOf(slice.addressType, slice.ports) === key)
    remove.push(...rest)
    const fresh = sliceOf(endpoints, type, ports, [...each.values()])
    if (!first) create.push(fresh)
    else if (!says(first, fresh, each)) update.push(inPlaceOf(first, fresh))
  }
  // What would be deleted is written over instead of making another.
  const made = create.filter((fresh) => {
    const at = remove.findIndex(({ addressType }) => addressType === fresh.addressType)
    const [old] = at < 0 ? [] : remove.splice(at, 1)
    if (old) update.push(inPlaceOf(old, fresh))
    return old === undefined
  })
  const of = (type: SliceAction['type'], list: readonly EndpointSlice[]) => list.map((slice) => ({ type, slice }))
  return { actions: [...of('create', made), ...of('update', update), ...of('delete', remove)], invalid, skipped }
}

function wantedOf({ subsets }: Endpoints) {
  const wanted = new Map<string, Wanted>()
  let invalid = 0
  let skipped = 0
  for (const { addresses = [], notReadyAddresses = [], ports: given = [] } of subsets ?? []) {
    const ports = given.map(
      ({ name = '', port, protocol = 'TCP', appProtocol }): EndpointPort => ({ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) }),
    )
    let room = mostOfSubset
    for (const [list, ready] of [
      [addresses, true],
      [notReadyAddresses, false],
    ] as const)
      for (const { ip, hostname, nodeName, targetRef } of list) {
        if (room === 0) skipped++
        else if (isIP(ip) === 0) invalid++
        else {
          room--
          const type = isIP(ip) === 6 ? 'IPv6' : 'IPv4'
          const key = keyOf(type, ports)
          const slice = wanted.get(key) ?? { type, ports, endpoints: new Map() }
          wanted.set(key, slice)
          const endpoint: Endpoint = { addresses: [ip], conditions: { ready }, ...(hostname && { hostname }), ...(nodeName && { nodeName }) }
          if (targetRef) endpoint.targetRef = targetRef
          slice.endpoints.set(endpointKey(endpoint), endpoint)
        }
      }
  }
  return { wanted, invalid, skipped }
}

const keyOf = (type: string, ports: EndpointSlice['ports']) => `${type} ${portsKey(ports)}`

/** What tells one endpoint from another. */
const endpointKey = ({ addresses, hostname, targetRef }: Endpoint) => JSON.stringify([addresses, hostname, targetRef?.namespace, targetRef?.name])

function sliceOf(endpoints: Endpoints, addressType: AddressType, ports: EndpointPort[], each: Endpoint[]): EndpointSlice {
  const { name = '', namespace, labels, annotations: given } = endpoints.metadata ?? {}
  const { [lastChangeTriggerTime]: _time, [lastApplied]: _applied, ...annotations } = given ?? {}
  const metadata = {
    generateName: generateNameOf(name),
    namespace,
    labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: mirrorController },
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ownerReferences: [controllerReference('v1', 'Endpoints', endpoints)],
  }
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType, endpoints: each, ports } as EndpointSlice
}

function says(slice: EndpointSlice, fresh: EndpointSlice, wanted: ReadonlyMap<string, Endpoint>): boolean {
  const { labels, annotations } = slice.metadata ?? {}
  const told = slice.endpoints ?? []
  return (
    told.length === wanted.size &&
    told.every((each) => isDeepStrictEqual(each, wanted.get(endpointKey(each)))) &&
    isDeepStrictEqual({ ...labels }, fresh.metadata?.labels) &&
    isDeepStrictEqual({ ...annotations }, { ...fresh.metadata?.annotations })
  )
}

function inPlaceOf({ metadata: old }: EndpointSlice, { metadata, ...rest }: EndpointSlice): EndpointSlice {
  const { annotations: _annotations, ...kept } = old ?? {}
  const { generateName: _generated, ...fresh } = metadata ?? {}
  return { ...rest, metadata: { ...kept, ...fresh } }
}
