import type { KubeObject } from '../../kube/objects.ts'
import { kinds } from '../kinds/registry.ts'
import { resourceName } from '../resource.ts'
import type { ApiBackend } from '../rest/backend.ts'
import { follow, unless } from './follow.ts'
import type { SchedulerOptions } from './scheduler.ts'

/** Makes what every cluster has: its four namespaces, with their contents, and the `kubernetes` service. */
export async function bootstrap(backend: ApiBackend, caPem: string, port: number): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    await unless(backend.create({ resource: 'namespaces' }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
    await furnish(backend, name, caPem)
  }
  const ports = [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }]
  const spec = { type: 'ClusterIP', clusterIP: '10.96.0.1', ports }
  const labels = { component: 'apiserver', provider: 'kubernetes' }
  await unless(
    backend.create({ resource: 'services', namespace: 'default' }, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kubernetes', labels },
      spec,
    } as KubeObject),
  )
}

/** The service account `default` and the configMap with the CA, which pods' token volumes mount. */
async function furnish(backend: ApiBackend, namespace: string, caPem: string): Promise<void> {
  await unless(
    backend.create({ resource: 'serviceaccounts', namespace }, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }),
    [403, 404, 409],
  )
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt' }, data: { 'ca.crt': caPem } }
  await unless(backend.create({ resource: 'configmaps', namespace }, map as KubeObject), [403, 404, 409])
}

type Namespace = KubeObject & { spec?: { finalizers?: string[] }; status?: { phase?: string } }

/** Furnishes new namespaces and empties terminating ones, then lets them go. */
export class NamespaceController {
  readonly #options: SchedulerOptions
  readonly #caPem: string

  constructor(options: SchedulerOptions, caPem: string) {
    this.#options = options
    this.#caPem = caPem
  }

  async run(): Promise<void> {
    await Promise.all([
      follow('namespaces', this.#options, async (type, object) => {
        const name = object.metadata?.name ?? ''
        if (type === 'DELETED') return
        if (object.metadata?.deletionTimestamp) await this.#empty(object as Namespace)
        else await furnish(this.#options.backend, name, this.#caPem)
      }),
      // The last pod to go lets its namespace go.
      follow('pods', this.#options, async (type, object) => {
        if (type !== 'DELETED') return
        const namespace = await unless(this.#options.backend.get({ resource: 'namespaces', name: object.metadata?.namespace ?? '' }))
        if (namespace?.metadata?.deletionTimestamp) await this.#empty(namespace as Namespace)
      }),
    ])
  }

  async #empty(namespace: Namespace): Promise<void> {
    const { backend } = this.#options
    const name = namespace.metadata?.name ?? ''
    if (!namespace.spec?.finalizers?.includes('kubernetes')) return
    for (const kind of kinds) if (kind.namespaced) await unless(backend.deleteCollection({ resource: resourceName(kind), namespace: name }))
    for (const kind of kinds) {
      if (kind.namespaced && (await backend.list({ resource: resourceName(kind), namespace: name })).items.length > 0) return
    }
    const finalizers = namespace.spec.finalizers.filter((entry) => entry !== 'kubernetes')
    const current = await unless(backend.get({ resource: 'namespaces', name }))
    if (!current) return
    await unless(backend.update({ resource: 'namespaces', name }, { ...current, spec: { finalizers } } as KubeObject, { subresource: 'finalize' }))
  }
}
