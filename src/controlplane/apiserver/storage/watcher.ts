import type { CollectionEvent } from './collection.ts'

/** Somebody told of each change of a collection, at once and in order. It must not block: it queues or is cut. */
export interface StoreWatcher {
  /** One of `nodeTopic`, `objectTopic`; none hears everything. */
  readonly topic?: string
  onEvent(event: CollectionEvent): void
}
