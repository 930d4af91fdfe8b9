import type { Clock } from '../../base/clock.ts'
import { type ListPage, unusable } from './answer.ts'
import { TooLarge } from './body.ts'

/** As reflectors do. */
const pageSize = 500
/** All pages of one list together: more than a node can have to do with. */
const most = { pages: 2000, bytes: 512 * 1024 * 1024, ms: 5 * 60_000 }

/** The pages of one list as they come. A server that never comes to the list's end is found out by a token it gave before, and by how much and how long it is. */
export class ListPages {
  readonly items: unknown[] = []
  resourceVersion = ''
  next: string | undefined
  /** Items to ask for. */
  limit = pageSize
  readonly #request: string
  readonly #clock: Clock
  readonly #until: number
  readonly #seen = new Set<string>()
  #bytes = 0
  #pages = 0

  /** `request` names the list in errors. */
  constructor(request: string, clock: Clock) {
    this.#request = request
    this.#clock = clock
    this.#until = clock.monotonic() + most.ms
  }

  /** Takes in a page that had so many characters. Throws when there can be no end to it. */
  add({ items, resourceVersion, next }: ListPage, size: number): void {
    for (const item of items) this.items.push(item)
    this.resourceVersion = resourceVersion
    this.#bytes += size
    this.#pages += 1
    this.next = next
    if (next === undefined) return
    if (this.#seen.has(next)) throw unusable(this.#request, 'the list goes on with a page that it had before')
    this.#seen.add(next)
    if (this.#pages >= most.pages || this.#bytes > most.bytes) throw unusable(this.#request, `the list does not end: ${this.items.length} items so far`)
    if (this.#clock.monotonic() > this.#until) throw unusable(this.#request, `the list did not end within ${most.ms / 1000} s`)
  }

  /** A page that was too large is asked for again with fewer items, if this was why. */
  smaller(error: unknown): boolean {
    if (!(error instanceof Error) || !(error.cause instanceof TooLarge) || this.limit === 1) return false
    this.limit = Math.ceil(this.limit / 10)
    return true
  }
}
