import { isIPv6 } from 'node:net'
import type * as client from '@kubernetes/client-node'
import type { Pod, Service, Wire } from '../../../kube/objects.ts'

export type EndpointSlice = Wire<client.V1EndpointSlice>
export type Endpoint = Wire<client.V1Endpoint>
export type EndpointPort = Wire<client.DiscoveryV1EndpointPort>
export type AddressType = 'IPv4' | 'IPv6'

export const lastChangeTriggerTime = 'endpoints.kubernetes.io/last-change-trigger-time'
/** The label of what belongs to a service without cluster IP. */
export const headlessLabel = 'service.kubernetes.io/headless'

export const isHeadless = ({ spec }: Service): boolean => spec?.clusterIP === 'None'

export const isReady = ({ status }: Pod): boolean => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false

/** Whether traffic may go to the pod at all: it has an address and has not ended. One that is being deleted only where those count. */
export function isReachable({ metadata, status }: Pod, terminatingToo: boolean): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return false
  if (!status?.podIP && !status?.podIPs?.length) return false
  return terminatingToo || !metadata?.deletionTimestamp
}

export function addressesOf({ status }: Pod, type: AddressType): string[] {
  const all = status?.podIPs?.length ? status.podIPs.map(({ ip }) => ip ?? '') : [status?.podIP ?? '']
  return all.filter((ip) => ip !== '' && isIPv6(ip) === (type === 'IPv6'))
}

export const targetOf = ({ metadata }: Pod) => ({ kind: 'Pod', namespace: metadata?.namespace, name: metadata?.name, uid: metadata?.uid })

/** The name that a pod has below the service's; `hostname` and `subdomain` of the pod say it. */
export function hostnameOf(service: Service, { metadata, spec }: Pod): { hostname?: string } {
  const named = spec?.hostname && spec.subdomain === service.metadata?.name && metadata?.namespace === service.metadata?.namespace
  return named ? { hostname: spec.hostname } : {}
}

/** What a slice says of a pod; none when the pod has no address of that family. */
export function endpointOf(service: Service, pod: Pod, type: AddressType, zone: string | undefined): Endpoint | undefined {
  const addresses = addressesOf(pod, type)
  if (addresses.length === 0) return undefined
  const serving = isReady(pod)
  const terminating = pod.metadata?.deletionTimestamp !== undefined
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating)
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...hostnameOf(service, pod),
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    ...(zone && { zone }),
    targetRef: targetOf(pod),
  }
}

/** Whether a change of a pod is one that an endpoint shows. */
export function sameEndpoint(one: Pod, other: Pod): boolean {
  const shown = (pod: Pod) => [
    pod.metadata?.uid,
    pod.metadata?.deletionTimestamp !== undefined,
    isReady(pod),
    isReachable(pod, true),
    pod.spec?.nodeName,
    pod.spec?.hostname,
    pod.spec?.subdomain,
    ...addressesOf(pod, 'IPv4'),
    ...addressesOf(pod, 'IPv6'),
  ]
  const [mine, others] = [shown(one), shown(other)]
  return mine.length === others.length && mine.every((value, index) => value === others[index])
}
