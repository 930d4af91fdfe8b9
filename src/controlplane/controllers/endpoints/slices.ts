import { isIPv6 } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { Pod, Service } from '../../../kube/objects.ts'
import {
  type AddressType,
  type Endpoint,
  type EndpointPort,
  type EndpointSlice,
  endpointOf,
  headlessLabel,
  isHeadless,
  isReachable,
  lastChangeTriggerTime,
} from './endpoint.ts'
import { portsKey, portsOf } from './ports.ts'

export const serviceNameLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'
/** Who elects leaders by Endpoints keeps them without a service. */
export const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader'
export const sliceController = 'endpointslice-controller.k8s.io'

// kube-controller-manager's --max-endpoints-per-slice.
const most = 100

export interface ObservedService {
  readonly service: Service
  /** Those that its selector chooses. */
  readonly pods: readonly Pod[]
  /** Its slices that this controller made. */
  readonly slices: readonly EndpointSlice[]
  zoneOf(nodeName: string | undefined): string | undefined
  /** When what is written now began, RFC 3339. */
  readonly triggerTime?: string
}

export type SliceAction = { readonly type: 'create' | 'update' | 'delete'; readonly slice: EndpointSlice }

interface Plan {
  readonly create: EndpointSlice[]
  readonly update: EndpointSlice[]
  readonly remove: EndpointSlice[]
  kept: number
}

/** Which slices of a service are to be written, with as few writes as may be: an endpoint stays in the slice it is in. */
export function reconcileSlices(observed: ObservedService): SliceAction[] {
  const types = familiesOf(observed.service)
  const stray = observed.slices.filter(({ addressType }) => !types.includes(addressType as AddressType))
  return [...types.flatMap((type) => reconcileFamily(observed, type)), ...stray.map((slice) => ({ type: 'delete', slice }) as const)]
}

export function familiesOf({ spec }: Service): AddressType[] {
  const families = spec?.ipFamilies ?? []
  if (families.length > 0) return families as AddressType[]
  return [spec?.clusterIP && isIPv6(spec.clusterIP) ? 'IPv6' : 'IPv4']
}

function reconcileFamily(observed: ObservedService, type: AddressType): SliceAction[] {
  const { service, pods, triggerTime, zoneOf } = observed
  const desired = new Map<string, { ports: EndpointPort[]; endpoints: Map<string, Endpoint> }>()
  for (const pod of pods) {
    if (!isReachable(pod, true)) continue
    const endpoint = endpointOf(service, pod, type, zoneOf(pod.spec?.nodeName))
    if (!endpoint) continue
    const ports = portsOf(service, pod)
    const key = portsKey(ports)
    const group = desired.get(key) ?? { ports, endpoints: new Map() }
    desired.set(key, group)
    group.endpoints.set(keyOf(endpoint), endpoint)
  }
  const existing = observed.slices.filter(({ addressType }) => addressType === type)
  const plan: Plan = { create: [], update: [], remove: [], kept: 0 }
  const fresh = (ports: EndpointPort[], endpoints: Endpoint[]) => newSlice(service, type, ports, endpoints)
  for (const slice of existing) if (!desired.has(portsKey(slice.ports))) plan.remove.push(slice)
  for (const [key, { ports, endpoints }] of desired)
    fill(
      plan,
      existing.filter((slice) => portsKey(slice.ports) === key),
      endpoints,
      (list) => fresh(ports, list),
      service,
    )
  if (plan.create.length === 0 && plan.kept === 0 && plan.update.length === 0) keepPlaceholder(plan, service, fresh([], []))
  reuse(plan)
  const stamped = (slice: EndpointSlice) => withTriggerTime(slice, triggerTime)
  return [
    ...plan.create.map((slice) => ({ type: 'create', slice: stamped(slice) }) as const),
    ...plan.update.map((slice) => ({ type: 'update', slice: stamped(slice) }) as const),
    ...plan.remove.map((slice) => ({ type: 'delete', slice }) as const),
  ]
}

/** Takes what is there as far as it serves, fills up what is written anyway, and makes new slices for the rest. `rest` is used up. */
function fill(
  plan: Plan,
  existing: readonly EndpointSlice[],
  rest: Map<string, Endpoint>,
  fresh: (endpoints: Endpoint[]) => EndpointSlice,
  service: Service,
): void {
  const unchanged: EndpointSlice[] = []
  const updated: (EndpointSlice & { endpoints: Endpoint[] })[] = []
  for (const slice of existing) {
    const before = slice.endpoints ?? []
    const endpoints = before.flatMap((each) => {
      const wanted = rest.get(keyOf(each))
      rest.delete(keyOf(each))
      return wanted ? [wanted] : []
    })
    const labelled = labelsFit(slice, service)
    if (endpoints.length === before.length && isDeepStrictEqual(endpoints, before) && labelled) unchanged.push(slice)
    else if (endpoints.length === 0) plan.remove.push(slice)
    else updated.push({ ...relabelled(slice, service), endpoints })
  }
  const take = (count: number): Endpoint[] => {
    const taken = [...rest].slice(0, count)
    for (const [key] of taken) rest.delete(key)
    return taken.map(([, endpoint]) => endpoint)
  }
  // The fullest first, so that as few as may be are left with room.
  for (const slice of updated.sort((one, other) => other.endpoints.length - one.endpoints.length)) slice.endpoints.push(...take(most - slice.endpoints.length))
  while (rest.size >= most) plan.create.push(fresh(take(most)))
  if (rest.size > 0) {
    const roomy = unchanged
      .filter(({ endpoints }) => (endpoints?.length ?? 0) + rest.size <= most)
      .sort((one, other) => (other.endpoints?.length ?? 0) - (one.endpoints?.length ?? 0))[0]
    if (roomy) {
      unchanged.splice(unchanged.indexOf(roomy), 1)
      updated.push({ ...roomy, endpoints: [...(roomy.endpoints ?? []), ...take(most)] })
    } else plan.create.push(fresh(take(most)))
  }
  plan.update.push(...updated)
  plan.kept += unchanged.length
}

/** A service without endpoints has one empty slice, which tells it from one that nobody has looked at. */
function keepPlaceholder(plan: Plan, service: Service, empty: EndpointSlice): void {
  const place = plan.remove.findIndex((slice) => !slice.endpoints?.length && !slice.ports?.length && labelsFit(slice, service))
  if (place >= 0) plan.remove.splice(place, 1)
  else plan.create.push(empty)
}

/** What would be deleted is written over instead of making another. */
function reuse(plan: Plan): void {
  while (plan.create.length > 0 && plan.remove.length > 0) {
    const { metadata, endpoints, ports } = plan.create.shift() as EndpointSlice
    const old = plan.remove.shift() as EndpointSlice
    const { labels, ownerReferences } = metadata ?? {}
    plan.update.push({ ...old, metadata: { ...old.metadata, labels, ownerReferences }, endpoints, ports })
  }
}

function newSlice(service: Service, addressType: AddressType, ports: EndpointPort[], endpoints: Endpoint[]): EndpointSlice {
  const { name = '', namespace } = service.metadata ?? {}
  const metadata = { generateName: generateNameOf(name), namespace, labels: labelsOf(service), ownerReferences: [ownerOf(service)] }
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType, endpoints, ports } as EndpointSlice
}

// `<service>-` as long as a name may begin so.
export const generateNameOf = (service: string) => (service.length <= 57 ? `${service}-` : service)

const ownerOf = ({ metadata }: Service) => ({
  apiVersion: 'v1',
  kind: 'Service',
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})

/** The labels of a slice: the service's, but for those that say something of a slice. */
function labelsOf(service: Service): Record<string, string> {
  const { [serviceNameLabel]: _name, [managedByLabel]: _manager, [headlessLabel]: _headless, ...rest } = service.metadata?.labels ?? {}
  const headless: Record<string, string> = isHeadless(service) ? { [headlessLabel]: '' } : {}
  return { ...rest, ...headless, [serviceNameLabel]: service.metadata?.name ?? '', [managedByLabel]: sliceController }
}

function labelsFit(slice: EndpointSlice, service: Service): boolean {
  const owned = slice.metadata?.ownerReferences?.some(({ uid, controller }) => controller && uid === service.metadata?.uid)
  return owned === true && isDeepStrictEqual({ ...slice.metadata?.labels }, labelsOf(service))
}

const relabelled = (slice: EndpointSlice, service: Service): EndpointSlice => ({
  ...slice,
  metadata: { ...slice.metadata, labels: labelsOf(service), ownerReferences: [ownerOf(service)] },
})

function withTriggerTime(slice: EndpointSlice, triggerTime: string | undefined): EndpointSlice {
  const { [lastChangeTriggerTime]: _before, ...rest } = slice.metadata?.annotations ?? {}
  const annotations = { ...rest, ...(triggerTime && { [lastChangeTriggerTime]: triggerTime }) }
  const { annotations: _annotations, ...metadata } = slice.metadata ?? {}
  return { ...slice, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) } }
}

/** What tells one endpoint from another. */
const keyOf = ({ addresses, hostname, targetRef }: Endpoint): string => JSON.stringify([addresses, hostname, targetRef?.uid, targetRef?.name])
