import type { KubeObject } from '../../../kube/objects.ts'
import { systemClasses } from '../../apiserver/kinds/scheduling/priority-classes.ts'
import { type ResourceDefinition, resourceName } from '../../apiserver/resource.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { followServed } from '../runtime/follow-served.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { makeDefaultAccount } from '../service-account/default-accounts.ts'
import { publishRootCa } from '../service-account/root-ca-publisher.ts'
import { type NamespaceCondition, type Remaining, terminatingConditions } from './namespace-conditions.ts'

/** Makes what every cluster has: its four namespaces, with their contents, the system's priority classes, and the `kubernetes` service. */
export async function bootstrap(backend: ApiBackend, caPem: string, port: number): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    await unless(backend.create({ resource: 'namespaces' }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
    await makeDefaultAccount(backend, name)
    await publishRootCa(backend, name, caPem)
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

type Namespace = KubeObject & { spec?: { finalizers?: string[] }; status?: { phase?: string; conditions?: readonly NamespaceCondition[] } }

export interface NamespaceOptions extends SchedulerOptions {
  readonly kinds: ServedKinds
}

// kube-controller-manager's --concurrent-namespace-syncs.
const concurrency = 10
/** Nothing more has gone for so long, milliseconds. */
const gatherMs = 20

/** Empties terminating namespaces, of every kind that is served, then lets them go. */
export class NamespaceController {
  readonly #options: NamespaceOptions
  /** Names of those that are being deleted, and of those among them whose contents were told to go. */
  readonly #terminating = new Set<string>()
  readonly #told = new Set<string>()
  /** How many objects were still in them when they were looked at last, less those that went since. */
  readonly #left = new Map<string, number>()
  readonly #queue: KeyedQueue

  constructor(options: NamespaceOptions) {
    this.#options = options
    const { clock, log, signal } = options
    this.#queue = new KeyedQueue({ name: 'namespace', clock, log, signal, concurrency, handle: (name) => this.#empty(name) })
  }

  async run(): Promise<void> {
    await followServed(this.#options.kinds, this.#options, {
      wants: ({ namespaced, group, resource }) => namespaced || isNamespaces({ group, resource }),
      reset: (resource, objects) => {
        if (resource !== 'namespaces') return
        for (const object of objects) this.#takeNamespace(object)
      },
      change: (resource, type, object) => {
        if (resource === 'namespaces') return type === 'DELETED' ? this.#forget(object.metadata?.name ?? '') : this.#takeNamespace(object)
        // The last of its objects to go, whatever it is and whoever held it, lets its namespace go.
        const name = object.metadata?.namespace ?? ''
        if (type === 'DELETED' && this.#terminating.has(name)) this.#wentFrom(name)
      },
    })
  }

  #takeNamespace({ metadata }: KubeObject): void {
    const name = metadata?.name ?? ''
    if (!metadata?.deletionTimestamp) return
    this.#terminating.add(name)
    this.#queue.add(name)
  }

  #forget(name: string): void {
    this.#terminating.delete(name)
    this.#told.delete(name)
    this.#left.delete(name)
    this.#queue.schedule(name, undefined)
  }

  /** All kinds are looked at again when what was left is gone, or when nothing more goes: not for each of thousands that go. */
  #wentFrom(name: string): void {
    const left = (this.#left.get(name) ?? 0) - 1
    this.#left.set(name, left)
    if (left === 0) this.#queue.add(name)
    else this.#queue.schedule(name, gatherMs)
  }

  async #empty(name: string): Promise<void> {
    const { backend, kinds } = this.#options
    const namespace = (await unless(backend.get({ resource: 'namespaces', name }), [404])) as Namespace | undefined
    if (!namespace?.metadata?.deletionTimestamp || !namespace.spec?.finalizers?.includes('kubernetes')) return
    const inside = [...new Map(kinds.all.filter(isInside).map((kind) => [kind.storagePrefix, kind])).values()]
    if (!this.#told.has(name))
      for (const kind of inside) {
        // Everything goes, so nothing is to be let go of first.
        await unless(backend.deleteCollection({ resource: resourceName(kind), namespace: name }, {}, { propagationPolicy: 'Background' }))
      }
    this.#told.add(name)
    const remaining: Remaining[] = []
    for (const kind of inside) {
      const items = (await unless(backend.list({ resource: resourceName(kind), namespace: name })))?.items ?? []
      if (items.length > 0) remaining.push({ resource: `${kind.resource}.${kind.group}`, objects: items })
    }
    this.#left.set(
      name,
      remaining.reduce((sum, { objects }) => sum + objects.length, 0),
    )
    const current = (await unless(backend.get({ resource: 'namespaces', name }), [404])) as Namespace | undefined
    if (!current) return
    if (remaining.length > 0) return this.#tellRemaining(current, remaining)
    const finalizers = current.spec?.finalizers?.filter((entry) => entry !== 'kubernetes')
    await unless(backend.update({ resource: 'namespaces', name }, { ...current, spec: { finalizers } } as KubeObject, { subresource: 'finalize' }), [404])
  }

  /** What keeps it, for who asks why it does not go. */
  async #tellRemaining(namespace: Namespace, remaining: readonly Remaining[]): Promise<void> {
    const { backend, clock } = this.#options
    const name = namespace.metadata?.name ?? ''
    // What is not being deleted came while the rest was told to go.
    if (remaining.some(({ objects }) => objects.some(({ metadata }) => !metadata?.deletionTimestamp))) {
      this.#told.delete(name)
      this.#queue.schedule(name, gatherMs)
    }
    const before = namespace.status?.conditions ?? []
    const conditions = terminatingConditions(remaining, before, clock.wall())
    if (conditions === before) return
    const told = { ...namespace, status: { ...namespace.status, conditions } } as KubeObject
    await unless(backend.update({ resource: 'namespaces', name }, told, { subresource: 'status' }))
  }
}

const isNamespaces = ({ group, resource }: Pick<ResourceDefinition, 'group' | 'resource'>) => group === '' && resource === 'namespaces'
const isInside = ({ namespaced, storagePrefix, verbs }: ResourceDefinition) => namespaced && storagePrefix !== undefined && verbs.includes('deletecollection')
