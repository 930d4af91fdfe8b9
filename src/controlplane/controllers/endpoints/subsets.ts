import { isDeepStrictEqual } from 'node:util'
import type { Endpoints, Pod, Service } from '../../../kube/objects.ts'
import { addressesOf, type EndpointPort, headlessLabel, hostnameOf, isHeadless, isReachable, isReady, lastChangeTriggerTime, targetOf } from './endpoint.ts'
import { portsOf } from './ports.ts'
import { familiesOf } from './slices.ts'

export type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]

const managedBy = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' }
const overCapacity = 'endpoints.kubernetes.io/over-capacity'
// So many addresses an Endpoints object has at most; slices have them all.
const most = 1000

/** The Endpoints to write for a service; none when those that are there say it already. */
export function reconcileEndpoints(service: Service, pods: readonly Pod[], current: Endpoints | undefined, triggerTime?: string): Endpoints | undefined {
  const { subsets, isCut } = cut(subsetsOf(service, pods))
  const labels = labelsOf(service)
  const { [lastChangeTriggerTime]: _time, [overCapacity]: wasCut, ...others } = current?.metadata?.annotations ?? {}
  const same = isDeepStrictEqual(current?.subsets ?? [], subsets) && isDeepStrictEqual({ ...current?.metadata?.labels }, labels)
  if (current && same && (wasCut !== undefined) === isCut) return undefined
  const annotations = { ...others, ...(triggerTime && { [lastChangeTriggerTime]: triggerTime }), ...(isCut && { [overCapacity]: 'truncated' }) }
  const { name, namespace } = service.metadata ?? {}
  const { annotations: _annotations, ...metadata } = current?.metadata ?? { name, namespace }
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata, labels, ...(Object.keys(annotations).length > 0 && { annotations }) },
    ...(subsets.length > 0 && { subsets }),
  }
}

function labelsOf(service: Service): Record<string, string> {
  const { [headlessLabel]: _headless, ...labels } = service.metadata?.labels ?? {}
  return { ...labels, ...managedBy, ...(isHeadless(service) && { [headlessLabel]: '' }) }
}

/** Addresses by the ports that they have and are ready for, in a steady order. */
export function subsetsOf(service: Service, pods: readonly Pod[]): Subset[] {
  const everyPod = service.spec?.publishNotReadyAddresses === true
  const type = familiesOf(service)[0] ?? 'IPv4'
  const byPorts = new Map<string, { ports: EndpointPort[]; ready: Address[]; notReady: Address[] }>()
  for (const pod of pods) {
    const ip = isReachable(pod, everyPod) ? addressesOf(pod, type)[0] : undefined
    const ports = portsOf(service, pod)
    if (ip === undefined || (ports.length === 0 && !(isHeadless(service) && !service.spec?.ports?.length))) continue
    const { nodeName } = pod.spec ?? {}
    const address: Address = { ip, ...hostnameOf(service, pod), ...(nodeName && { nodeName }), targetRef: targetOf(pod) }
    const key = JSON.stringify(ports)
    const group = byPorts.get(key) ?? { ports, ready: [], notReady: [] }
    byPorts.set(key, group)
    group[everyPod || isReady(pod) ? 'ready' : 'notReady'].push(address)
  }
  const byAddress = (one: Address, other: Address) => compare(one.ip, other.ip) || compare(one.targetRef?.uid ?? '', other.targetRef?.uid ?? '')
  return [...byPorts]
    .sort(([one], [other]) => compare(one, other))
    .map(([, { ports, ready, notReady }]) => ({
      ...(ready.length > 0 && { addresses: ready.sort(byAddress) }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady.sort(byAddress) }),
      ...(ports.length > 0 && { ports: ports.map(({ name, ...port }) => ({ ...(name && { name }), ...port })) as Subset['ports'] }),
    }))
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

/** Ready addresses stay before others. */
function cut(subsets: readonly Subset[]): { subsets: Subset[]; isCut: boolean } {
  const count = (list: 'addresses' | 'notReadyAddresses') => subsets.reduce((sum, subset) => sum + (subset[list]?.length ?? 0), 0)
  if (count('addresses') + count('notReadyAddresses') <= most) return { subsets: [...subsets], isCut: false }
  let room = { addresses: most, notReadyAddresses: Math.max(0, most - count('addresses')) }
  const kept = subsets.map(({ addresses = [], notReadyAddresses = [], ports }) => {
    const [ready, notReady] = [addresses.slice(0, room.addresses), notReadyAddresses.slice(0, room.notReadyAddresses)]
    room = { addresses: room.addresses - ready.length, notReadyAddresses: room.notReadyAddresses - notReady.length }
    return { ...(ready.length > 0 && { addresses: ready }), ...(notReady.length > 0 && { notReadyAddresses: notReady }), ...(ports && { ports }) }
  })
  return { subsets: kept.filter(({ addresses, notReadyAddresses }) => addresses || notReadyAddresses), isCut: true }
}
