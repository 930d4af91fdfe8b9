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
const mostGone = 1000
const call = { fieldManager: 'kube-controller-manager' } as const

/** Deletes what has lost its owners, and finishes deletions that wait for their dependents or leave them behind. */
export class GarbageCollector {
  readonly #options: GarbageCollectorOptions
  readonly #dependents = new Dependents()
  readonly #queue: KeyedQueue
  /** Uids of owners that were seen to go, those of late. */
  readonly #gone = new Set<string>()

  constructor(options: GarbageCollectorOptions) {
    this.#options = options
    const { clock, log, signal } = options
    this.#queue = new KeyedQueue({ name: 'garbage_collector_attempt_to_delete', clock, log, signal, concurrency, handle: (uid) => this.#look(uid) })
  }

  /** Ends when the signal aborts. */
  run(): Promise<void> {
    return followServed(this.#options.kinds, this.#options, {
      wants: isCollected,
      reset: (resource, objects) => {
        const there = new Set(objects.map(({ metadata }) => metadata?.uid))
        for (const uid of this.#dependents.uidsOf(resource)) if (!there.has(uid)) this.#remove(uid)
        for (const object of objects) this.#again(this.#dependents.put(resource, object))
      },
      change: (resource, type, object) => (type === 'DELETED' ? this.#remove(object.metadata?.uid ?? '') : this.#again(this.#dependents.put(resource, object))),
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
    if (there?.metadata?.uid !== owner.uid) {
      if (definition.namespaced && (await this.#isElsewhere(definition, owner))) await this.#tellInvalid(item, owner)
      return 'absent'
    }
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
    // One that owns itself does not wait for itself.
    const owned = this.#dependents.of(item.uid).filter(({ uid }) => uid !== item.uid)
    for (const { uid, leaving } of owned) if (leaving !== 'foreground') this.#queue.add(uid)
    const blocked = owned.some(({ owners }) => owners.some((owner) => owner.uid === item.uid && owner.blockOwnerDeletion === true))
    if (!blocked) await this.#withoutFinalizer(item, object, foregroundFinalizer)
  }

  async #withoutFinalizer(item: Item, object: KubeObject, finalizer: string): Promise<void> {
    const finalizers = object.metadata?.finalizers?.filter((each) => each !== finalizer)
    await unless(this.#options.backend.update(item, { ...object, metadata: { ...object.metadata, finalizers } }, call), [404])
  }

  /** Whether the owner is in another namespace, where none can be. That of one that was seen to go is not looked for. */
  async #isElsewhere(definition: ResourceDefinition, { uid }: OwnerReference): Promise<boolean> {
    if (this.#gone.has(uid)) return false
    const { items } = await this.#options.backend.list({ resource: resourceName(definition) })
    return items.some(({ metadata }) => metadata?.uid === uid)
  }

  #remove(uid: string): void {
    if (this.#dependents.of(uid).length > 0) this.#gone.add(uid)
    const [oldest] = this.#gone
    if (this.#gone.size > mostGone && oldest !== undefined) this.#gone.delete(oldest)
    this.#again(this.#dependents.remove(uid))
  }

  async #tellInvalid({ resource, namespace, name, uid }: Item, owner: OwnerReference): Promise<void> {
    const { backend, clock } = this.#options
    const time = new Date(clock.wall()).toISOString().replace(/\.\d+Z$/, 'Z')
    const { kind, group, version } = this.#options.kinds.all.find((each) => resourceName(each) === resource) ?? {}
    const about = { kind, apiVersion: group ? `${group}/${version}` : version, ...(namespace && { namespace }), name, uid }
    const event = {
      metadata: { name: `${name}.${uid.slice(0, 8)}${owner.uid.slice(0, 8)}`, namespace: namespace || 'default' },
      involvedObject: about,
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef [${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}] does not exist in namespace "${namespace}"`,
      source: { component: 'garbage-collector-controller' },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    }
    await unless(backend.create({ resource: 'events', namespace: namespace || 'default' }, event as KubeObject))
  }
}

/** Events own nothing and are owned by nothing. */
const isCollected = ({ verbs, dependents }: ResourceDefinition): boolean => dependents !== 'none' && verbs.includes('delete')

function withOwners(object: KubeObject, change: (owner: OwnerReference) => OwnerReference | undefined): KubeObject {
  const owners = object.metadata?.ownerReferences?.flatMap((owner) => change(owner) ?? [])
  return { ...object, metadata: { ...object.metadata, ownerReferences: owners } }
}
