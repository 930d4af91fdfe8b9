import { writeJson } from '../../../json/exact.ts'
import { encodeObject, isEncodable, type Kinded, watchFrame } from '../../../protobuf/kubernetes/envelope.ts'
import type { Representation } from '../http/media-type.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { WatchItem } from './watch-queue.ts'

/** Serialises changes once for all watchers: the last ones are kept, since watchers of a change ask for it at about the same time. */
export class EventTexts {
  readonly #texts = new Map<object, Map<string, string | Uint8Array>>()
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

  /** A line of a watch stream, or in protobuf a frame. */
  line(definition: ResourceDefinition, item: Change, format: Representation['format'] = 'json'): string | Uint8Array {
    if (!item.event) return writeEvent(item.type, item.object, format)
    const key = `${format} ${item.type} ${definition.group}/${definition.version}`
    const known = this.#texts.get(item.event) ?? new Map<string, string | Uint8Array>()
    const found = known.get(key)
    if (found !== undefined) return found
    const text = writeEvent(item.type, item.object, format)
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

type Change = WatchItem & { type: 'ADDED' | 'MODIFIED' | 'DELETED' }

/** An event of a watch as it is sent: a line of JSON, or a frame with its length before it. */
export function writeEvent(type: string, object: unknown, format: Representation['format']): string | Uint8Array {
  const body = object as Kinded & Record<string, unknown>
  return format === 'protobuf' && isEncodable(body) ? watchFrame(type, encodeObject(body)) : `${writeJson({ type, object })}\n`
}
