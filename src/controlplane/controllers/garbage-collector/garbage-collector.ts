import type { KubeObject } from '../../../kube/objects.ts'
import { type ResourceDefinition, resourceName } from '../../apiserver/resource.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'
import { foregroundFinalizer, orphanFinalizer } from '../../apiserver/rest/propagation.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { followServed } from '../runtime/follow-served.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { Dependents, type Item } from './dependents.ts'
import { judge, type OwnerReference, type OwnerState } from './owners.ts'

export interface GarbageCollectorOptions extends SchedulerOptions {
  readonly kinds: ServedKinds
}

// kube-controller-manager's --concurrent-gc-syncs.
const concurrency = 20
const call = { fieldManager: 'kube-controller-manager' } as const

/** Deletes what has lost its owners, and finishes deletions that wait for their dependents or leave them behind. */
export class GarbageCollector {
  readonly #options: GarbageCollectorOptions
  readonly #dependents = new Dependents()
  readonly #queue: KeyedQueue

  constructor(options: GarbageCollectorOptions) {
    this.#options = options
    const { clock, log, signal } = options
    this.#queue = new KeyedQueue({ name: 'garbage-collector', clock, log, signal, concurrency, handle: (uid) => this.#look(uid) })
  }

  /** Ends when the signal aborts. */
  run(): Promise<void> {
    return followServed(this.#options.kinds, this.#options, {
      wants: isCollected,
      reset: (resource, objects) => {
        const there = new Set(objects.map(({ metadata }) => metadata?.uid))
        for (const uid of this.#dependents.uidsOf(resource)) if (!there.has(uid)) this.#again(this.#dependents.remove(uid))
        for (const object of objects) this.#again(this.#dependents.put(resource, object))
      },
      change: (resource, type, object) =>
        this.#again(type === 'DELETED' ? this.#dependents.remove(object.metadata?.uid ?? '') : this.#dependents.put(resource, object)),
    })
  }

  #again(uids: readonly string[]): void {
    for (const uid of uids) this.#queue.add(uid)
  }

  async #look(uid: string): Promise<void> {
    const item = this.#dependents.item(uid)
    if (!item) return
    const object = await unless(this.#options.backend.get(item), [404])
    if (object?.metadata?.uid !== uid) return this.#again(this.#dependents.remove(uid))
    const { deletionTimestamp, finalizers = [] } = object.metadata
    if (!deletionTimestamp) return this.#judge(item, object)
    if (finalizers.includes(orphanFinalizer)) return this.#orphan(item, object)
    if (finalizers.includes(foregroundFinalizer)) return this.#finishForeground(item, object)
  }

  async #judge(item: Item, object: KubeObject): Promise<void> {
    const states = new Map<OwnerReference, OwnerState>()
    for (const owner of object.metadata?.ownerReferences ?? []) states.set(owner, await this.#stateOf(item, owner))
    const dependents = this.#dependents.of(item.uid)
    const facts = { any: dependents.length > 0, deletingTheirs: dependents.some(({ leaving }) => leaving === 'foreground') }
    const verdict = judge(object, (owner) => states.get(owner) ?? 'unknown', facts)
    if (verdict.type === 'keep') return
    const { backend } = this.#options
    if (verdict.type === 'release') return this.#release(item, object, new Set(verdict.uids))
    const next = verdict.unblock
      ? await backend.update(
          item,
          withOwners(object, (each) => ({ ...each, blockOwnerDeletion: false })),
          call,
        )
      : object
    const preconditions = { uid: item.uid, resourceVersion: next.metadata?.resourceVersion }
    await unless(backend.delete(item, { preconditions, propagationPolicy: verdict.propagation }, call), [404])
  }

  async #stateOf(item: Item, owner: OwnerReference): Promise<OwnerState> {
    const definition = this.#definitionOf(owner)
    if (!definition) return 'unknown'
    if (definition.namespaced && !item.namespace) {
      await this.#tellInvalid(item, owner)
      return 'unknown'
    }
    const there = await unless(this.#options.backend.get({ resource: resourceName(definition), namespace: item.namespace, name: owner.name }), [404])
    if (there?.metadata?.uid !== owner.uid) return 'absent'
    const { deletionTimestamp, finalizers } = there.metadata
    return deletionTimestamp && finalizers?.includes(foregroundFinalizer) ? 'waiting' : 'solid'
  }

  #definitionOf({ apiVersion, kind }: OwnerReference): ResourceDefinition | undefined {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
    return this.#options.kinds.all.find((each) => each.group === group && each.kind === kind && each.storagePrefix !== undefined)
  }

  async #release(item: Item, object: KubeObject, uids: ReadonlySet<string>): Promise<void> {
    await unless(
      this.#options.backend.update(
        item,
        withOwners(object, (owner) => (uids.has(owner.uid) ? undefined : owner)),
        call,
      ),
      [404],
    )
  }

  async #orphan(item: Item, object: KubeObject): Promise<void> {
    for (const dependent of this.#dependents.of(item.uid)) {
      const owned = await unless(this.#options.backend.get(dependent), [404])
      if (owned?.metadata?.uid === dependent.uid) await this.#release(dependent, owned, new Set([item.uid]))
    }
    await this.#withoutFinalizer(item, object, orphanFinalizer)
  }

  /** What it owns goes; the owner goes when nothing that blocks it is left. */
  async #finishForeground(item: Item, object: KubeObject): Promise<void> {
    const owned = this.#dependents.of(item.uid)
    for (const { uid, leaving } of owned) if (leaving !== 'foreground') this.#queue.add(uid)
    const blocked = owned.some(({ owners }) => owners.some((owner) => owner.uid === item.uid && owner.blockOwnerDeletion === true))
    if (!blocked) await this.#withoutFinalizer(item, object, foregroundFinalizer)
  }

  async #withoutFinalizer(item: Item, object: KubeObject, finalizer: string): Promise<void> {
    const finalizers = object.metadata?.finalizers?.filter((each) => each !== finalizer)
    await unless(this.#options.backend.update(item, { ...object, metadata: { ...object.metadata, finalizers } }, call), [404])
  }

  async #tellInvalid({ resource, name, uid }: Item, owner: OwnerReference): Promise<void> {
    const { backend, clock } = this.#options
    const time = new Date(clock.wall()).toISOString().replace(/\.\d+Z$/, 'Z')
    const { kind, group, version } = this.#options.kinds.all.find((each) => resourceName(each) === resource) ?? {}
    const about = { kind, apiVersion: group ? `${group}/${version}` : version, name, uid }
    const event = {
      metadata: { name: `${name}.${uid.slice(0, 8)}${owner.uid.slice(0, 8)}`, namespace: 'default' },
      involvedObject: about,
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef [${owner.apiVersion}/${owner.kind}, namespace: , name: ${owner.name}, uid: ${owner.uid}] does not exist in namespace ""`,
      source: { component: 'garbage-collector-controller' },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    }
    await unless(backend.create({ resource: 'events', namespace: 'default' }, event as KubeObject))
  }
}

/** Events own nothing and are owned by nothing. */
const isCollected = ({ verbs, dependents }: ResourceDefinition): boolean => dependents !== 'none' && verbs.includes('delete')

function withOwners(object: KubeObject, change: (owner: OwnerReference) => OwnerReference | undefined): KubeObject {
  const owners = object.metadata?.ownerReferences?.flatMap((owner) => change(owner) ?? [])
  return { ...object, metadata: { ...object.metadata, ownerReferences: owners } }
}
