import { writeJson } from '../../../json/exact.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { WatchItem } from './watch-queue.ts'

/** Serialises changes once for all watchers: the last ones are kept, since watchers of a change ask for it at about the same time. */
export class EventTexts {
  readonly #texts = new Map<object, Map<string, string>>()
  readonly #kept: number
  readonly #keptChars: number
  #chars = 0

  /** `kept` changes at most, and so many characters of text. */
  constructor(kept = 256, keptChars = 16 << 20) {
    this.#kept = kept
    this.#keptChars = keptChars
  }

  /** Characters of text that are kept now. */
  get chars(): number {
    return this.#chars
  }

  /** A line of a watch stream. */
  line(definition: ResourceDefinition, item: WatchItem & { type: 'ADDED' | 'MODIFIED' | 'DELETED' }): string {
    if (!item.event) return textOf(item)
    const key = `${item.type} ${definition.group}/${definition.version}`
    const known = this.#texts.get(item.event) ?? new Map<string, string>()
    const found = known.get(key)
    if (found !== undefined) return found
    const text = textOf(item)
    known.set(key, text)
    this.#texts.set(item.event, known)
    this.#chars += text.length
    for (const [oldest, texts] of this.#texts) {
      if (this.#texts.size <= this.#kept && this.#chars <= this.#keptChars) break
      this.#texts.delete(oldest)
      for (const { length } of texts.values()) this.#chars -= length
    }
    return text
  }
}

const textOf = ({ type, object }: WatchItem & { type: 'ADDED' | 'MODIFIED' | 'DELETED' }) => `${writeJson({ type, object })}\n`
