import type { KubeObject } from '../../../kube/objects.ts'
import type { ApiBackend, ObservedChange } from '../../apiserver/rest/backend.ts'

type OwnerReference = NonNullable<NonNullable<KubeObject['metadata']>['ownerReferences']>[number]

/** The owner that manages an object, of which there is one at most. */
export const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined => metadata?.ownerReferences?.find(({ controller }) => controller === true)

/** `namespace/name`, by which queues name an object. */
export const keyOf = ({ metadata }: KubeObject): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`

export interface InformerChange<T extends KubeObject> {
  readonly object: T
  readonly gone: boolean
  readonly previous?: T
}

/** All objects of a resource as the store holds them, with no copy of any: by name, by namespace, and by the uid of who manages them. Never behind a read. */
export class Informer<T extends KubeObject> {
  readonly #byKey = new Map<string, T>()
  readonly #groups = new Map<string, Map<string, T>>()
  readonly #handlers = new Set<(change: InformerChange<T>) => void>()
  readonly #stop: () => void

  constructor(backend: ApiBackend, resource: string) {
    this.#stop = backend.observe(resource, (change) => this.#take(change))
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key)
  }

  all(): Iterable<T> {
    return this.#byKey.values()
  }

  inNamespace(namespace: string): Iterable<T> {
    return this.#groups.get(inNamespace(namespace))?.values() ?? []
  }

  /** What has this controller. */
  managedBy(uid: string): Iterable<T> {
    return this.#groups.get(managedBy(uid))?.values() ?? []
  }

  /** What has no controller. */
  orphansIn(namespace: string): Iterable<T> {
    return this.#groups.get(orphansIn(namespace))?.values() ?? []
  }

  /** Tells of all that is there, then of every change in the turn in which it is stored. The handler must not write. */
  onChange(handler: (change: InformerChange<T>) => void): void {
    for (const object of this.#byKey.values()) handler({ object, gone: false })
    this.#handlers.add(handler)
  }

  stop(): void {
    this.#stop()
    this.#handlers.clear()
  }

  #take({ object, gone, previous }: ObservedChange): void {
    const key = keyOf(object)
    const before = this.#byKey.get(key)
    if (before) for (const group of groupsOf(before)) this.#leave(group, key)
    if (gone) this.#byKey.delete(key)
    else {
      this.#byKey.set(key, object as T)
      for (const group of groupsOf(object)) {
        const members = this.#groups.get(group) ?? new Map<string, T>()
        this.#groups.set(group, members.set(key, object as T))
      }
    }
    for (const handler of this.#handlers) handler({ object: object as T, gone, ...(previous && { previous: previous as T }) })
  }

  #leave(group: string, key: string): void {
    const members = this.#groups.get(group)
    members?.delete(key)
    if (members?.size === 0) this.#groups.delete(group)
  }
}

const inNamespace = (namespace: string) => `namespace ${namespace}`
const managedBy = (uid: string) => `controller ${uid}`
const orphansIn = (namespace: string) => `orphans ${namespace}`

function groupsOf(object: KubeObject): readonly string[] {
  const namespace = object.metadata?.namespace ?? ''
  const controller = controllerOf(object)
  return [inNamespace(namespace), controller ? managedBy(controller.uid) : orphansIn(namespace)]
}

/** One informer for each resource, however many controllers ask for it. */
export class Informers {
  readonly #backend: ApiBackend
  readonly #informers = new Map<string, Informer<KubeObject>>()

  constructor(backend: ApiBackend, signal: AbortSignal) {
    this.#backend = backend
    const stop = () => {
      for (const informer of this.#informers.values()) informer.stop()
    }
    signal.addEventListener('abort', stop, { once: true })
  }

  /** `T` is the type of the resource's objects. */
  of<T extends KubeObject>(resource: string): Informer<T> {
    const known = this.#informers.get(resource) ?? new Informer<KubeObject>(this.#backend, resource)
    this.#informers.set(resource, known)
    return known as unknown as Informer<T>
  }
}
