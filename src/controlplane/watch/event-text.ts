import type { ResourceDefinition } from '../resource.ts'
import type { WatchItem } from './watch-queue.ts'

/** Serialises changes once for all watchers: the last ones are kept, since watchers of a change ask for it at about the same time. */
export class EventTexts {
  readonly #texts = new Map<object, Map<string, string>>()
  readonly #kept: number

  constructor(kept = 256) {
    this.#kept = kept
  }

  /** A line of a watch stream. */
  line(definition: ResourceDefinition, item: WatchItem & { type: 'ADDED' | 'MODIFIED' | 'DELETED' }): string {
    if (!item.event) return textOf(item)
    const key = `${item.type} ${definition.group}/${definition.version}`
    const known = this.#texts.get(item.event) ?? new Map<string, string>()
    const text = known.get(key) ?? textOf(item)
    known.set(key, text)
    this.#texts.set(item.event, known)
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= this.#kept) break
      this.#texts.delete(oldest)
    }
    return text
  }
}

const textOf = ({ type, object }: WatchItem & { type: 'ADDED' | 'MODIFIED' | 'DELETED' }) => `${JSON.stringify({ type, object })}\n`
