import { isIPv6 } from 'node:net'
import type { KubeObject, Service } from '../../../kube/objects.ts'
import { follow, unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'

const resource = 'ipaddresses.networking.k8s.io'
const managedBy = 'ipaddress.kubernetes.io/managed-by'
const allocator = 'ipallocator.k8s.io'

/** The cluster IPs of a service: none of a headless one, nor of one that has none yet. */
export const addressesOf = ({ spec }: Service): string[] =>
  [...new Set([...(spec?.clusterIPs ?? []), spec?.clusterIP ?? ''])].filter((ip) => ip !== '' && ip !== 'None')

/** The IPAddress that says whose a cluster IP is. */
export function ipAddress(ip: string, { metadata }: Service): KubeObject {
  const labels = { 'ipaddress.kubernetes.io/ip-family': isIPv6(ip) ? 'IPv6' : 'IPv4', [managedBy]: allocator }
  const parentRef = { resource: 'services', namespace: metadata?.namespace, name: metadata?.name }
  return { metadata: { name: ip, labels }, spec: { parentRef } } as KubeObject
}

/** Keeps an IPAddress for each cluster IP until the signal aborts. */
export async function keepServiceAddresses(options: SchedulerOptions): Promise<void> {
  const { backend } = options
  const known = new Map<string, readonly string[]>()
  const idOf = ({ metadata }: KubeObject) => `${metadata?.namespace}/${metadata?.name}`
  await dropStray(options)
  await follow('services', options, async (type, object) => {
    const id = idOf(object)
    const before = known.get(id) ?? []
    const now = type === 'DELETED' ? [] : addressesOf(object as Service)
    for (const ip of before) if (!now.includes(ip)) await unless(backend.delete({ resource, name: ip }))
    for (const ip of now) if (!before.includes(ip)) await unless(backend.create({ resource }, ipAddress(ip, object as Service)))
    if (type === 'DELETED') known.delete(id)
    else known.set(id, now)
  })
}

/** Services may have gone while nobody looked. */
async function dropStray({ backend }: SchedulerOptions): Promise<void> {
  const used = new Set((await backend.list({ resource: 'services' })).items.flatMap((service) => addressesOf(service as Service)))
  for (const { metadata } of (await backend.list({ resource })).items)
    if (metadata?.name && metadata.labels?.[managedBy] === allocator && !used.has(metadata.name))
      await unless(backend.delete({ resource, name: metadata.name }))
}
