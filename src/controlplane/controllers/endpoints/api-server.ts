import { isIP, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import type { Endpoints } from '../../../kube/objects.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import type { EndpointSlice } from './endpoint.ts'
import { serviceNameLabel } from './slices.ts'

const name = 'kubernetes'
const namespace = 'default'

/** Where others reach a server that listens on `host`, as kube-apiserver's --advertise-address: the host's own address when it listens on all of them or on loopback alone. */
export function advertisedAddress(host: string, interfaces = networkInterfaces()): string | undefined {
  const local = isIP(host) === 0 || host === '0.0.0.0' || host === '::' || host === '::1' || host.startsWith('127.')
  if (!local) return host
  const own = Object.values(interfaces).flatMap((each) => each ?? [])
  return own.find(({ internal, family, address }) => !internal && family === 'IPv4' && !address.startsWith('169.254.'))?.address
}

/** Writes where the service `kubernetes` leads to, in Endpoints and a slice of that name; nothing when they say so already. */
export async function publishApiServer(backend: ApiBackend, ip: string, port: number): Promise<void> {
  const ports = [{ name: 'https', port, protocol: 'TCP' }]
  const endpoints: Endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    // The slice is written here.
    metadata: { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip }], ports }],
  }
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { [serviceNameLabel]: name } },
    addressType: isIPv6(ip) ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports,
  }
  await ensure<Endpoints>(backend, 'endpoints', endpoints, ({ subsets }) => subsets)
  await ensure<EndpointSlice>(backend, 'endpointslices.discovery.k8s.io', slice, (each) => [each.endpoints, each.ports, each.addressType])
}

async function ensure<T extends Endpoints | EndpointSlice>(backend: ApiBackend, resource: string, wanted: T, said: (object: T) => unknown): Promise<void> {
  const current = (await unless(backend.get({ resource, namespace, name }), [404])) as T | undefined
  if (!current) return void (await backend.create({ resource, namespace }, wanted))
  const labelled = Object.entries(wanted.metadata?.labels ?? {}).every(([key, value]) => current.metadata?.labels?.[key] === value)
  if (labelled && isDeepStrictEqual(said(current), said(wanted))) return
  const metadata = { ...current.metadata, labels: { ...current.metadata?.labels, ...wanted.metadata?.labels } }
  await backend.update({ resource, namespace, name }, { ...wanted, metadata })
}
