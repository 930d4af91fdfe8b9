import type { KubeObject } from '../../../kube/objects.ts'
import { type Collection, type Entry, type SortedEntries, storedId } from './collection.ts'

/** What a page of a list is read from: entries in order of id. */
export interface Readable {
  get(id: string): Entry | undefined
  inOrder(after?: string): Iterable<Entry>
  countAfter(after: string): number
}

/**
 * The entries of a namespace (of all when it is undefined) as they were at `revision`, which must be within the collection's window: the present, with
 * each change since taken back. Costs as much as there were changes since.
 */
export function entriesAt(collection: Collection, namespace: string | undefined, revision: number): Readable {
  const present = collection.entries(namespace, undefined)
  const past = new Map<string, Entry | undefined>()
  for (const { object, previous } of collection.eventsAfter(revision)) {
    const id = storedId(object)
    if (past.has(id) || (namespace && object.metadata?.namespace !== namespace)) continue
    past.set(id, previous && entryOf(id, previous))
  }
  return past.size === 0 ? present : new Snapshot(present, past)
}

const entryOf = (id: string, object: KubeObject): Entry => ({ id, object, revision: Number(object.metadata?.resourceVersion) })

class Snapshot implements Readable {
  readonly #present: SortedEntries
  /** What has changed since, as it was: undefined for what did not exist. */
  readonly #past: ReadonlyMap<string, Entry | undefined>
  /** What exists no more, in order. */
  readonly #gone: readonly Entry[]

  constructor(present: SortedEntries, past: ReadonlyMap<string, Entry | undefined>) {
    this.#present = present
    this.#past = past
    this.#gone = [...past.values()].filter((entry) => entry !== undefined && !present.get(entry.id)).sort((a, b) => (a && b && a.id < b.id ? -1 : 1)) as Entry[]
  }

  get(id: string): Entry | undefined {
    return this.#past.has(id) ? this.#past.get(id) : this.#present.get(id)
  }

  countAfter(after: string): number {
    let count = this.#present.countAfter(after)
    for (const [id, entry] of this.#past) {
      if (id <= after) continue
      const now = this.#present.get(id) !== undefined
      if (now && !entry) count--
      if (!now && entry) count++
    }
    return count
  }

  *inOrder(after = ''): Generator<Entry> {
    let next = this.#gone.findIndex(({ id }) => id > after)
    if (next < 0) next = this.#gone.length
    for (const entry of this.#present.inOrder(after)) {
      for (let gone = this.#gone[next]; gone && gone.id < entry.id; gone = this.#gone[++next]) yield gone
      const then = this.#past.has(entry.id) ? this.#past.get(entry.id) : entry
      if (then) yield then
    }
    yield* this.#gone.slice(next)
  }
}
