import type { ObjectReference } from './objects.ts'

/** What somebody wants told of an object. */
export interface EventDraft {
  readonly object: ObjectReference
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** What to do with a draft: nothing, a new event, or one more of an event that was written. */
export type Correlated =
  | { readonly do: 'drop' }
  | { readonly do: 'create'; readonly key: string; readonly draft: EventDraft; readonly count: number }
  | { readonly do: 'count'; readonly key: string; readonly name: string; readonly count: number; readonly message: string }

// client-go 0.32, tools/record: from the 10th like event on, each within 10 minutes of the last, they are combined; 25 at once per object, then one each 5 minutes.
const combineAfter = 10
const combineWindowMs = 600_000
const spamBurst = 25
const spamRefillMs = 300_000
const remembered = 4096

interface Written {
  name: string | undefined
  count: number
}

/** Remembers the newest `limit` keys. */
class Recent<Value> {
  readonly #entries = new Map<string, Value>()

  get(key: string, make: () => Value): Value {
    const value = this.#entries.get(key) ?? make()
    this.#entries.delete(key)
    this.#entries.set(key, value)
    const oldest = this.#entries.keys().next()
    if (this.#entries.size > remembered && !oldest.done) this.#entries.delete(oldest.value)
    return value
  }
}

/** client-go's event correlation: counts repeats, combines like ones, and keeps one object from flooding the API server. Times are wall-clock ms. */
export class EventCorrelator {
  readonly #written = new Recent<Written>()
  readonly #like = new Recent<{ messages: Set<string>; lastAt: number }>()
  readonly #spam = new Recent<{ tokens: number; at: number }>()

  correlate(draft: EventDraft, now: number): Correlated {
    const { object } = draft
    const about = [object.kind, object.namespace, object.name, object.uid, object.fieldPath ?? ''].join('\0')
    const group = [about, draft.type, draft.reason].join('\0')
    const like = this.#like.get(group, () => ({ messages: new Set(), lastAt: now }))
    if (now - like.lastAt > combineWindowMs) like.messages.clear()
    like.lastAt = now
    like.messages.add(draft.message)
    const combined = like.messages.size >= combineAfter
    if (combined) for (const oldest of like.messages) if (like.messages.delete(oldest)) break
    const message = combined ? `(combined from similar events): ${draft.message}` : draft.message
    const key = combined ? group : [group, draft.message].join('\0')
    const written = this.#written.get(key, () => ({ name: undefined, count: 0 }))
    written.count += 1

    // Last, so that what is held back is still counted.
    const bucket = this.#spam.get([object.kind, object.namespace, object.name, object.uid].join('\0'), () => ({ tokens: spamBurst, at: now }))
    bucket.tokens = Math.min(spamBurst, bucket.tokens + Math.max(0, now - bucket.at) / spamRefillMs)
    bucket.at = now
    if (bucket.tokens < 1) return { do: 'drop' }
    bucket.tokens -= 1
    if (written.name === undefined) return { do: 'create', key, draft: { ...draft, message }, count: written.count }
    return { do: 'count', key, name: written.name, count: written.count, message }
  }

  /** The API server took the event of `key` under this name; repeats now count it up. */
  created(key: string, name: string): void {
    this.#written.get(key, () => ({ name: undefined, count: 1 })).name = name
  }

  /** The event is gone (expired): the next one is written anew. */
  forget(key: string): void {
    const written = this.#written.get(key, () => ({ name: undefined, count: 0 }))
    written.name = undefined
    written.count = 0
  }
}
