import type { KubeObject } from '../../../kube/objects.ts'
import type { StoreWatcher } from './watcher.ts'

/** A stored object, never changed after it was put here. */
export interface Entry {
  /** `namespace/name`, or the name alone. */
  readonly id: string
  readonly object: KubeObject
  readonly revision: number
}

/** One change, held once for all watchers. */
export interface CollectionEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: number
  /** For DELETED the last state, at the revision of its deletion. */
  readonly object: KubeObject
  readonly previous?: KubeObject
}

/** Entries with their ids in order, sorted only when asked and only after one came or went. */
export class SortedEntries {
  readonly #entries = new Map<string, Entry>()
  #sorted: string[] | undefined

  get size(): number {
    return this.#entries.size
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id)
  }

  set(entry: Entry): void {
    if (!this.#entries.has(entry.id)) this.#sorted = undefined
    this.#entries.set(entry.id, entry)
  }

  delete(id: string): void {
    if (this.#entries.delete(id)) this.#sorted = undefined
  }

  /** How many come after that id. */
  countAfter(after: string): number {
    const sorted = this.#inOrder()
    return sorted.length - firstAfter(sorted, after)
  }

  #inOrder(): string[] {
    this.#sorted ??= [...this.#entries.keys()].sort()
    return this.#sorted
  }

  /** All entries in order of id, from the first after `after` on. */
  *inOrder(after = ''): Generator<Entry> {
    const sorted = this.#inOrder()
    for (let index = after ? firstAfter(sorted, after) : 0; index < sorted.length; index++) {
      const entry = this.#entries.get(sorted[index] as string)
      if (entry) yield entry
    }
  }
}

function firstAfter(sorted: readonly string[], after: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as string) > after) high = middle
    else low = middle + 1
  }
  return low
}

const nodeOf = (object: KubeObject | undefined): string | undefined => (object as { spec?: { nodeName?: string } } | undefined)?.spec?.nodeName
/** The id of a stored object. */
export const storedId = ({ metadata }: KubeObject) => (metadata?.namespace ? `${metadata.namespace}/${metadata.name}` : (metadata?.name ?? ''))

/** All objects under one storage prefix: indexed by namespace and node, with the last changes kept for watches to resume from. */
export class Collection {
  readonly all = new SortedEntries()
  readonly #byNamespace = new Map<string, SortedEntries>()
  readonly #byNode = new Map<string, SortedEntries>()
  readonly #events: CollectionEvent[] = []
  #firstEvent = 0
  readonly #window: number
  /** Changes up to this revision are no longer in the window. */
  oldest: number
  readonly #watchers = new Map<string, Set<StoreWatcher>>()

  /** `window` is how many changes are kept; `revision` the one the store is at. */
  constructor(window: number, revision: number) {
    this.#window = window
    this.oldest = revision
  }

  /** The smallest index that holds every object of this namespace and node. */
  entries(namespace: string | undefined, node: string | undefined): SortedEntries {
    if (node) return this.#byNode.get(node) ?? new SortedEntries()
    if (namespace) return this.#byNamespace.get(namespace) ?? new SortedEntries()
    return this.all
  }

  /** Takes in a change and tells the watchers concerned. `object` undefined removes. */
  apply(id: string, object: KubeObject | undefined, revision: number): void {
    const before = this.all.get(id)
    if (object) {
      this.#index(before?.object, { id, object, revision })
      this.#publish({ type: before ? 'MODIFIED' : 'ADDED', object, revision, previous: before?.object })
    } else if (before) {
      this.#unindex(before)
      const last = { ...before.object, metadata: { ...before.object.metadata, resourceVersion: String(revision) } }
      this.#publish({ type: 'DELETED', object: last, revision, previous: before.object })
    }
  }

  /** Puts an entry in without an event: loading. */
  load(entry: Entry): void {
    this.#index(this.all.get(entry.id)?.object, entry)
  }

  /** Forgets changes up to `revision`. */
  compact(revision: number): void {
    while (this.#firstEvent < this.#events.length && (this.#events[this.#firstEvent] as CollectionEvent).revision <= revision) this.#drop()
    this.oldest = Math.max(this.oldest, revision)
  }

  /** Begins anew at `revision`, which may be an earlier one: changes so far are of another history. */
  restart(revision: number): void {
    this.#events.length = 0
    this.#firstEvent = 0
    this.oldest = revision
  }

  /** The changes after `revision`, oldest first. */
  *eventsAfter(revision: number): Generator<CollectionEvent> {
    let [low, high] = [this.#firstEvent, this.#events.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#events[middle] as CollectionEvent).revision > revision) high = middle
      else low = middle + 1
    }
    for (let index = low; index < this.#events.length; index++) yield this.#events[index] as CollectionEvent
  }

  subscribe(watcher: StoreWatcher): () => void {
    const topic = watcher.topic ?? ''
    const set = this.#watchers.get(topic) ?? new Set()
    this.#watchers.set(topic, set.add(watcher))
    return () => {
      set.delete(watcher)
      if (set.size === 0) this.#watchers.delete(topic)
    }
  }

  #publish(event: CollectionEvent): void {
    this.#events.push(event)
    if (this.#events.length - this.#firstEvent > this.#window) this.#drop()
    for (const topic of topicsOf(event)) for (const watcher of this.#watchers.get(topic) ?? []) watcher.onEvent(event)
  }

  #drop(): void {
    const event = this.#events[this.#firstEvent] as CollectionEvent
    this.oldest = Math.max(this.oldest, event.revision)
    // Freed at once, but moved up only now and then: shifting each time would copy the whole window.
    this.#events[this.#firstEvent++] = tombstone
    if (this.#firstEvent < 1024) return
    this.#events.splice(0, this.#firstEvent)
    this.#firstEvent = 0
  }

  #index(before: KubeObject | undefined, entry: Entry): void {
    this.all.set(entry)
    const namespace = entry.object.metadata?.namespace
    if (namespace) ensure(this.#byNamespace, namespace).set(entry)
    const [oldNode, node] = [nodeOf(before), nodeOf(entry.object)]
    if (oldNode && oldNode !== node) remove(this.#byNode, oldNode, entry.id)
    if (node) ensure(this.#byNode, node).set(entry)
  }

  #unindex({ id, object }: Entry): void {
    this.all.delete(id)
    if (object.metadata?.namespace) remove(this.#byNamespace, object.metadata.namespace, id)
    const node = nodeOf(object)
    if (node) remove(this.#byNode, node, id)
  }
}

const tombstone: CollectionEvent = { type: 'DELETED', revision: 0, object: {} }

/** Topics a change belongs to: watchers of one node's pods or of one object hear nothing of the others. */
function topicsOf({ object, previous }: CollectionEvent): Set<string> {
  const topics = new Set(['', objectTopic(storedId(object))])
  for (const node of [nodeOf(object), nodeOf(previous)]) if (node) topics.add(nodeTopic(node))
  return topics
}

/** What a watch limited to one node, or one object, listens to. */
export const nodeTopic = (node: string) => `node ${node}`
export const objectTopic = (id: string) => `object ${id}`

function ensure(map: Map<string, SortedEntries>, key: string): SortedEntries {
  const entries = map.get(key) ?? new SortedEntries()
  map.set(key, entries)
  return entries
}

function remove(map: Map<string, SortedEntries>, key: string, id: string): void {
  const entries = map.get(key)
  entries?.delete(id)
  if (entries?.size === 0) map.delete(key)
}
