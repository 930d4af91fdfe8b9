import type { KubeObject } from '../../../kube/objects.ts'
import { kinds } from '../../apiserver/kinds/registry.ts'
import { systemClasses } from '../../apiserver/kinds/scheduling/priority-classes.ts'
import { resourceName } from '../../apiserver/resource.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { follow, unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { type NamespaceCondition, type Remaining, terminatingConditions } from './namespace-conditions.ts'

/** Makes what every cluster has: its four namespaces, with their contents, the system's priority classes, and the `kubernetes` service. */
export async function bootstrap(backend: ApiBackend, caPem: string, port: number): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    await unless(backend.create({ resource: 'namespaces' }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
    await furnish(backend, name, caPem)
  }
  for (const each of systemClasses) await unless(backend.create({ resource: 'priorityclasses.scheduling.k8s.io' }, structuredClone(each)))
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

type Namespace = KubeObject & { spec?: { finalizers?: string[] }; status?: { phase?: string; conditions?: readonly NamespaceCondition[] } }

/** Furnishes new namespaces and empties terminating ones, then lets them go. */
export class NamespaceController {
  readonly #options: SchedulerOptions
  readonly #caPem: string
  /** Names of those that are being deleted. */
  readonly #terminating = new Set<string>()

  constructor(options: SchedulerOptions, caPem: string) {
    this.#options = options
    this.#caPem = caPem
  }

  async run(): Promise<void> {
    await Promise.all([
      follow('namespaces', this.#options, async (type, object) => {
        const name = object.metadata?.name ?? ''
        if (type === 'DELETED') return void this.#terminating.delete(name)
        if (!object.metadata?.deletionTimestamp) return furnish(this.#options.backend, name, this.#caPem)
        this.#terminating.add(name)
        await this.#empty(object as Namespace)
      }),
      // The last of its objects to go, whatever it is and whoever held it, lets its namespace go.
      ...kinds.filter(({ namespaced }) => namespaced).map((kind) => this.#followLeaving(resourceName(kind))),
    ])
  }

  #followLeaving(resource: string): Promise<void> {
    return follow(resource, this.#options, async (type, object) => {
      const name = object.metadata?.namespace ?? ''
      if (type !== 'DELETED' || !this.#terminating.has(name)) return
      const namespace = await unless(this.#options.backend.get({ resource: 'namespaces', name }))
      if (namespace?.metadata?.deletionTimestamp) await this.#empty(namespace as Namespace)
    })
  }

  async #empty(namespace: Namespace): Promise<void> {
    const { backend } = this.#options
    const name = namespace.metadata?.name ?? ''
    if (!namespace.spec?.finalizers?.includes('kubernetes')) return
    for (const kind of kinds) if (kind.namespaced) await unless(backend.deleteCollection({ resource: resourceName(kind), namespace: name }))
    const remaining: Remaining[] = []
    for (const kind of kinds) {
      if (!kind.namespaced) continue
      const { items } = await backend.list({ resource: resourceName(kind), namespace: name })
      if (items.length > 0) remaining.push({ resource: `${kind.resource}.${kind.group}`, objects: items })
    }
    const current = (await unless(backend.get({ resource: 'namespaces', name }))) as Namespace | undefined
    if (!current) return
    if (remaining.length > 0) return this.#tellRemaining(current, remaining)
    const finalizers = namespace.spec.finalizers.filter((entry) => entry !== 'kubernetes')
    await unless(backend.update({ resource: 'namespaces', name }, { ...current, spec: { finalizers } } as KubeObject, { subresource: 'finalize' }))
  }

  /** What keeps it, for who asks why it does not go. */
  async #tellRemaining(namespace: Namespace, remaining: readonly Remaining[]): Promise<void> {
    const { backend, clock } = this.#options
    const before = namespace.status?.conditions ?? []
    const conditions = terminatingConditions(remaining, before, clock.wall())
    if (conditions === before) return
    const name = namespace.metadata?.name ?? ''
    const told = { ...namespace, status: { ...namespace.status, conditions } } as KubeObject
    await unless(backend.update({ resource: 'namespaces', name }, told, { subresource: 'status' }))
  }
}
