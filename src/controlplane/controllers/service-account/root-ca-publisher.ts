import { isDeepStrictEqual } from 'node:util'
import type { ConfigMap } from '../../../kube/objects.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { asController } from '../runtime/controller-user.ts'
import type { Informers } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'

const resource = 'configmaps'
const name = 'kube-root-ca.crt'
const description = 'kubernetes.io/description'
const text =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'
const call = asController('root-ca-cert-publisher')

/** What is to be written for the configMap to say how the server is verified; undefined when it says so. */
export function reconcileRootCa(current: ConfigMap | undefined, caPem: string): ConfigMap | undefined {
  const data = { 'ca.crt': caPem }
  const { metadata = { name } } = current ?? {}
  if (current && isDeepStrictEqual({ ...current.data }, data) && metadata.annotations?.[description]) return undefined
  return { apiVersion: 'v1', kind: 'ConfigMap', ...current, metadata: { ...metadata, annotations: { ...metadata.annotations, [description]: text } }, data }
}

/** Makes it in a namespace, which pods' token volumes mount. Of a namespace that is going, or gone, it is none. */
export const publishRootCa = (backend: ApiBackend, namespace: string, caPem: string) =>
  unless(backend.create({ resource, namespace }, reconcileRootCa(undefined, caPem) ?? {}, call), [403, 404, 409])

/** kube-controller-manager's root-ca-cert-publisher: each namespace has the configMap with the CA, made again and mended whoever changed it. */
export class RootCaPublisher {
  constructor({ backend, clock, log, signal, informers, caPem }: SchedulerOptions & { readonly informers: Informers; readonly caPem: string }) {
    const namespaces = informers.of('namespaces')
    const maps = informers.of<ConfigMap>(resource)
    const sync = async (namespace: string) => {
      const found = namespaces.get(`/${namespace}`)
      if (!found || found.metadata?.deletionTimestamp) return
      const current = maps.get(`${namespace}/${name}`)
      if (!current) return void (await publishRootCa(backend, namespace, caPem))
      const next = reconcileRootCa(current, caPem)
      // One that changed or went meanwhile comes again.
      if (next) await unless(backend.update({ resource, namespace, name }, next, call))
    }
    const queue = new KeyedQueue({ name: 'root_ca_cert_publisher', clock, log, signal, concurrency: 5, handle: sync })
    namespaces.onChange(({ object }) => queue.add(object.metadata?.name ?? ''))
    maps.onChange(({ object: { metadata } }) => {
      if (metadata?.name === name) queue.add(metadata.namespace ?? '')
    })
  }
}
