import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../../kube/objects.ts'
import { Collection, type Entry } from './collection.ts'
import type { Storage, StorageChange, StorageSink, StoredObject, WriteResult } from './storage.ts'

const root = '/registry/'

/** Everything the server knows, in memory, kept true by a storage: reads and watches never leave the process. */
export class ObjectStore implements StorageSink, AsyncDisposable {
  readonly #storage: Storage
  readonly #prefixes: ReadonlySet<string>
  /** Of the longest of them, in parts of a path. */
  readonly #depth: number
  readonly #collections = new Map<string, Collection>()
  readonly #window: number
  #revision = 0

  /** `prefixes` are those of the definitions; `window` is how many changes each collection keeps. */
  constructor(storage: Storage, prefixes: Iterable<string>, window = 8192) {
    this.#storage = storage
    this.#prefixes = new Set(prefixes)
    this.#depth = Math.max(0, ...[...this.#prefixes].map((prefix) => prefix.split('/').length))
    this.#window = window
  }

  async start(): Promise<void> {
    await this.#storage.start(this)
  }

  /** The newest revision seen. */
  get revision(): number {
    return this.#revision
  }

  collection(prefix: string): Collection {
    const found = this.#collections.get(prefix) ?? new Collection(this.#window, this.#revision)
    this.#collections.set(prefix, found)
    return found
  }

  get(prefix: string, id: string): Entry | undefined {
    return this.collection(prefix).all.get(id)
  }

  /** `expected` is the revision the caller read, 0 for none. The resourceVersion is not stored, as the real server does. */
  put(prefix: string, id: string, object: KubeObject, expected: number): Promise<WriteResult> {
    return this.#storage.put(`${root}${prefix}/${id}`, withoutVersion(object), expected)
  }

  remove(prefix: string, id: string, expected: number): Promise<WriteResult> {
    return this.#storage.remove(`${root}${prefix}/${id}`, expected)
  }

  /** Forgets changes up to `revision`: a watch from before gets 410. */
  compact(revision: number): void {
    for (const prefix of this.#known()) this.collection(prefix).compact(revision)
  }

  reset(objects: readonly StoredObject[], revision: number): void {
    const first = this.#revision === 0
    const wentBack = revision < this.#revision
    this.#revision = revision
    // All of them now: one made later would not know from where on it has seen every change.
    for (const prefix of this.#prefixes) this.collection(prefix)
    const seen = new Map<string, Set<string>>([...this.#known()].map((prefix) => [prefix, new Set()]))
    for (const { key, object, revision: at } of objects) {
      const place = this.#placeOf(key)
      if (!place) continue
      seen.get(place.prefix)?.add(place.id)
      const collection = this.collection(place.prefix)
      const known = collection.all.get(place.id)
      if (first) collection.load({ id: place.id, object: withVersion(object, at), revision: at })
      // In another history the same revision may be another state.
      else if (known?.revision !== at || (wentBack && !isDeepStrictEqual(known.object, withVersion(object, at))))
        collection.apply(place.id, withVersion(object, at), at)
    }
    if (first) return
    for (const [prefix, ids] of seen) {
      const collection = this.collection(prefix)
      for (const { id } of [...collection.all.inOrder()]) if (!ids.has(id)) collection.apply(id, undefined, revision)
      // What happened between is not known: a watch from before the gap must list again.
      if (wentBack) collection.restart(revision)
      else collection.compact(revision)
    }
  }

  apply({ key, revision, object }: StorageChange): void {
    this.#revision = Math.max(this.#revision, revision)
    const place = this.#placeOf(key)
    if (place) this.collection(place.prefix).apply(place.id, object && withVersion(object, revision), revision)
  }

  #placeOf(key: string): { prefix: string; id: string } | undefined {
    const path = key.slice(root.length)
    const ends: number[] = []
    for (let at = path.indexOf('/'); at >= 0 && ends.length < this.#depth; at = path.indexOf('/', at + 1)) ends.push(at)
    // The longest, so that `services/specs` is found before a `services`.
    for (const end of ends.reverse()) {
      const prefix = path.slice(0, end)
      if (this.#prefixes.has(prefix)) return { prefix, id: path.slice(end + 1) }
    }
    return customPlace(path)
  }

  #known(): Set<string> {
    return new Set([...this.#prefixes, ...this.#collections.keys()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#storage[Symbol.asyncDispose]()
  }
}

/** Custom resources lie below `<group>/<plural>/`. Their groups have a dot, which the first part of no other prefix has that is not known. */
function customPlace(path: string): { prefix: string; id: string } | undefined {
  const [prefix] = /^[^/]+\.[^/]+\/[^/]+(?=\/)/.exec(path) ?? []
  return prefix === undefined ? undefined : { prefix, id: path.slice(prefix.length + 1) }
}

function withVersion(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
}

function withoutVersion(object: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata ?? {}
  return { ...object, metadata }
}
