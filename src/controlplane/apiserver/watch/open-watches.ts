import { type ResourceDefinition, resourceName } from '../resource.ts'
import type { WatchQueue } from './watch-queue.ts'

interface OpenWatch {
  readonly resource: string
  readonly queue: WatchQueue
  /** Cuts its connection, with nothing said. */
  cut(): void
}

/** The watches that are served over HTTP now: a test may end some. */
export class OpenWatches {
  readonly #open = new Set<OpenWatch>()

  /** Counts a watch until the answer is disposed. */
  add(definition: ResourceDefinition, queue: WatchQueue, cut: () => void): Disposable {
    const watch: OpenWatch = { resource: resourceName(definition), queue, cut }
    this.#open.add(watch)
    return { [Symbol.dispose]: () => void this.#open.delete(watch) }
  }

  /** Ends those of a resource (all of them unless one is named): by cutting, or by an error that is their last event. Answers how many. */
  end(resource: string | undefined, error?: Error): number {
    const ended = [...this.#open].filter((watch) => resource === undefined || watch.resource === resource)
    for (const { queue, cut } of ended) {
      if (error) queue.fail(error)
      else cut()
    }
    return ended.length
  }
}
