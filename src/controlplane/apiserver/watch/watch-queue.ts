import type { KubeObject } from '../../../kube/objects.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { Filter } from '../rest/selection.ts'
import { expired, tooLargeVersion, tooOld } from '../rest/status-errors.ts'
import type { CollectionEvent } from '../storage/collection.ts'
import type { ObjectStore } from '../storage/object-store.ts'

/** What a watcher is to be told. */
export type WatchItem =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
      readonly object: KubeObject /** Shared by all watchers of the change. */
      readonly event?: CollectionEvent
    }
  | { readonly type: 'BOOKMARK'; readonly revision: number; readonly initialEventsEnd: boolean }

export interface WatchOptions {
  /** Changes after this revision; undefined begins with an ADDED for everything there is. */
  readonly from?: number
  /** After the initial events, say that they are over. */
  readonly markInitialEnd?: boolean
  /** How many changes may wait before the watcher is cut. */
  readonly maxWaiting?: number
}

// As many as the largest channel of kube-apiserver's watch cache, and enough for a burst of thousands of pods.
const defaultMaxWaiting = 16_384

/** One watcher: changes wait here, as references, until taken. One that takes too slowly is ended with an error rather than held for ever. */
export class WatchQueue implements Disposable {
  readonly #filter: Filter
  readonly #definition: ResourceDefinition
  readonly #maxWaiting: number
  #waiting: WatchItem[] = []
  #failure: Error | undefined
  #ended = false
  #wake: (() => void) | undefined
  #told: () => void = () => {}
  readonly #unsubscribe: readonly (() => void)[]

  /** Throws a 410 when `from` is before the window of changes, a 504 when it is in the future. */
  constructor(store: ObjectStore, definition: ResourceDefinition, filter: Filter, { from, markInitialEnd, maxWaiting }: WatchOptions) {
    this.#filter = filter
    this.#definition = definition
    this.#maxWaiting = maxWaiting ?? defaultMaxWaiting
    const collection = store.collection(definition.storagePrefix ?? '')
    if (from !== undefined) {
      if (from > store.revision) throw tooLargeVersion(from, store.revision)
      if (from < collection.oldest) throw tooOld(from, collection.oldest)
      for (const event of collection.eventsAfter(from)) this.#take(event)
    } else {
      for (const { object } of collection.entries(filter.namespace || undefined, filter.node).inOrder()) {
        const seen = definition.fromStorage?.(object) ?? object
        if (filter.matches(seen)) this.#waiting.push({ type: 'ADDED', object: seen })
      }
      if (markInitialEnd) this.#waiting.push({ type: 'BOOKMARK', revision: store.revision, initialEventsEnd: true })
    }
    // What waits from the start does not count against the watcher.
    const allowed = this.#waiting.length + this.#maxWaiting
    const unsubscribe = collection.subscribe({
      topic: filter.topic,
      onEvent: (event) => {
        this.#take(event)
        if (this.#waiting.length > allowed) this.fail(expired('the watcher did not keep up with the changes'))
        this.#wake?.()
      },
    })
    // The client watches anew by what has taken its place, or learns that nothing has.
    const stay = definition.lifetime?.onEnd(() => this.end())
    this.#unsubscribe = [unsubscribe, ...(stay ? [stay] : [])]
  }

  /** Puts a bookmark behind everything that waits, in the place of one that is the last already. */
  bookmark(revision: number): void {
    const last = this.#waiting.at(-1)
    if (last?.type === 'BOOKMARK' && !last.initialEventsEnd) this.#waiting.pop()
    this.#waiting.push({ type: 'BOOKMARK', revision, initialEventsEnd: false })
    this.#wake?.()
  }

  /** Calls when the watcher is cut: whoever waits for its client to read need wait no longer. */
  onCut(tell: () => void): void {
    this.#told = tell
    if (this.#failure) tell()
  }

  /** Everything that waits, or what comes next; an empty list at the end. Throws when the watcher was cut. */
  async next(): Promise<readonly WatchItem[]> {
    while (this.#waiting.length === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = undefined
    if (this.#failure) throw this.#failure
    const batch = this.#waiting
    this.#waiting = []
    return batch
  }

  /** Ends the watch after what waits. */
  end(): void {
    this.#ended = true
    for (const unsubscribe of this.#unsubscribe ?? []) unsubscribe()
    this.#wake?.()
  }

  /** Ends the watch now; what waits is dropped. */
  fail(error: Error): void {
    this.#failure ??= error
    this.#waiting = []
    this.end()
    this.#told()
  }

  [Symbol.dispose](): void {
    this.end()
  }

  #take(event: CollectionEvent): void {
    if (this.#ended) return
    const item = this.#seen(event)
    if (item) this.#waiting.push(item)
  }

  // An object that comes into a selector is ADDED to this watcher, one that leaves it DELETED.
  #seen(event: CollectionEvent): WatchItem | undefined {
    const convert = (object: KubeObject) => this.#definition.fromStorage?.(object) ?? object
    const previous = event.previous && convert(event.previous)
    const was = previous !== undefined && this.#filter.matches(previous)
    const object = convert(event.object)
    const is = event.type !== 'DELETED' && this.#filter.matches(object)
    if (is) return { type: was ? 'MODIFIED' : 'ADDED', object, event }
    if (!was) return undefined
    if (event.type === 'DELETED') return { type: 'DELETED', object, event }
    return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion: String(event.revision) } } }
  }
}
