import type { Clock } from '../../../base/clock.ts'
import type { PatchType } from '../../../kube/client.ts'
import type { KubeObject, Status } from '../../../kube/objects.ts'
import type { User } from '../auth/user.ts'
import { WatchQueue } from '../watch/watch-queue.ts'
import type { ApiBackend, BackendEvent, CallOptions, CollectionRef, DeleteOptions, ObjectList, ObjectRef, ObservedChange, Selection } from './backend.ts'
import { prefixOf, type RestEnvironment, type Target, type WriteContext } from './environment.ts'
import { listObjects } from './list.ts'
import { parseVersion } from './list-options.ts'
import { filterOf } from './selection.ts'
import { Verbs } from './verbs.ts'

/** The server itself, which may do everything. */
export const systemUser: User = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] }

/** The API in-process: the same verbs as over HTTP, without authentication. */
export class LocalBackend implements ApiBackend {
  readonly #environment: RestEnvironment
  readonly #verbs: Verbs
  readonly #clock: Clock

  constructor(environment: Omit<RestEnvironment, 'backend'>) {
    this.#environment = { ...environment, backend: this }
    this.#verbs = new Verbs(this.#environment)
    this.#clock = environment.clock
  }

  /** The verbs over this backend, for the HTTP server. */
  get verbs(): Verbs {
    return this.#verbs
  }

  async get(ref: ObjectRef): Promise<KubeObject> {
    await this.#settled(ref)
    return this.#verbs.get(this.#target(ref))
  }

  async list(ref: CollectionRef, selection: Selection = {}): Promise<ObjectList> {
    await this.#settled(ref)
    const { items, metadata } = listObjects(this.#environment.store, this.#environment.definitions.named(ref.resource), ref.namespace ?? '', selection)
    return { items, resourceVersion: metadata.resourceVersion }
  }

  async create(ref: CollectionRef, object: KubeObject, options: CallOptions = {}): Promise<KubeObject> {
    return this.#verbs.create(this.#target({ ...ref, name: '' }), object, this.#context(options))
  }

  async createSubresource(ref: ObjectRef, subresource: string, body: KubeObject, options: CallOptions = {}): Promise<KubeObject> {
    return this.#verbs.createSubresource(this.#target(ref), subresource, body, this.#context(options)) as Promise<KubeObject>
  }

  async update(ref: ObjectRef, object: KubeObject, options: CallOptions = {}): Promise<KubeObject> {
    await this.#settled(ref)
    return (await this.#verbs.update(this.#target(ref), object, this.#context(options), options.subresource)).object
  }

  async patch(ref: ObjectRef, type: PatchType, patch: unknown, options: CallOptions = {}): Promise<KubeObject> {
    const { subresource, force } = options
    await this.#settled(ref)
    return (await this.#verbs.patch(this.#target(ref), { type, patch, subresource, force }, this.#context(options))).object
  }

  async delete(ref: ObjectRef, options: DeleteOptions = {}, call: CallOptions = {}): Promise<KubeObject | Status> {
    await this.#settled(ref)
    return this.#verbs.delete(this.#target(ref), options, this.#context(call))
  }

  async deleteCollection(ref: CollectionRef, selection: Selection = {}, options: DeleteOptions = {}, call: CallOptions = {}): Promise<ObjectList> {
    await this.#settled(ref)
    const { items, metadata } = await this.#verbs.deleteCollection(this.#target({ ...ref, name: '' }), selection, options, this.#context(call))
    return { items, resourceVersion: metadata.resourceVersion }
  }

  async *watch(
    ref: CollectionRef,
    options: Selection & { readonly resourceVersion?: string; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<BackendEvent> {
    const { signal, resourceVersion } = options
    if (signal?.aborted) return
    const definition = this.#environment.definitions.named(ref.resource)
    await definition.settle?.()
    const filter = filterOf(definition, ref.namespace ?? '', options)
    const from = resourceVersion && resourceVersion !== '0' ? parseVersion(resourceVersion) : undefined
    using queue = new WatchQueue(this.#environment.store, definition, filter, { from })
    const stop = () => queue.end()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      for (;;) {
        const batch = await queue.next()
        if (batch.length === 0) return
        for (const item of batch) {
          if (signal?.aborted) return
          if (item.type !== 'BOOKMARK') yield { type: item.type, object: item.object }
        }
      }
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  observe(resource: string, tell: (change: ObservedChange) => void): () => void {
    const definition = this.#environment.definitions.named(resource)
    const shown = (object: KubeObject) => definition.fromStorage?.(object) ?? object
    const collection = this.#environment.store.collection(prefixOf(definition))
    for (const { object } of collection.all.inOrder()) tell({ object: shown(object), gone: false })
    return collection.subscribe({
      onEvent: ({ type, object, previous }) => tell({ object: shown(object), gone: type === 'DELETED', ...(previous && { previous: shown(previous) }) }),
    })
  }

  /** What is stored can be read as the resource shows it. */
  async #settled({ resource }: CollectionRef): Promise<void> {
    await this.#environment.definitions.named(resource).settle?.()
  }

  #target({ resource, namespace, name }: ObjectRef): Target {
    const definition = this.#environment.definitions.named(resource)
    return { definition, namespace: definition.namespaced ? (namespace ?? '') : '', name }
  }

  #context({ user, fieldManager, dryRun, fieldValidation, warn }: CallOptions): WriteContext {
    return {
      user: user ?? systemUser,
      fieldManager: fieldManager ?? 'podsteward',
      dryRun: dryRun ?? false,
      fieldValidation: fieldValidation ?? 'Ignore',
      now: this.#clock.wall(),
      backend: this,
      warn: warn ?? (() => {}),
    }
  }
}
