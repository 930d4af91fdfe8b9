import { backoffDelay } from '../base/backoff.ts'
import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { objectCheck, quoted } from './answers/answer-types.ts'
import { type Identity, identityOf, type RefusedObject, shown } from './answers/identity.ts'
import { isRecord, type TypeCheck } from './answers/type-check.ts'
import { type KubeClient, KubeError, type ListResult, type WatchEvent } from './client.ts'
import type { KubeObject } from './objects.ts'
import { isBefore } from './resource-version.ts'
import { pauseBefore } from './server-view.ts'
import { SilenceGuard } from './silence-guard.ts'
import { statusError } from './status-error.ts'

/** Where a reflector puts what it sees: objects that are as the API has them. */
export interface ReflectorStore<T> {
  /** Everything there is, after a list; `refused` is there too, and cannot be used (`mayBe` tells of an object that is known whether it is one of them). */
  sync(items: readonly T[], refused: readonly Identity[]): void
  upsert(object: T): void
  remove(object: T): void
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: KubeClient
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly store: ReflectorStore<T>
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Told of each failure, and how many came in a row; for what is Forbidden or NotFound the caller may give up by aborting. */
  readonly onError?: (error: KubeError, failures: number) => void
  readonly random?: () => number
  /** Milliseconds until the next try after the `failures`th failure in a row, where client-go's own time is not wanted. */
  readonly retryAfter?: (error: KubeError, failures: number) => number | undefined
  /** What the caller asks of an object beyond its type; says what is wrong, beginning with the field. */
  readonly accept?: (object: T) => string | undefined
  /** Told of each object that cannot be used, each time it is seen. */
  readonly onRefused?: (refused: RefusedObject) => void
}

/** client-go 0.32: 800 ms doubling to 30 s, full jitter. */
export const clientGoRetry = { initialMs: 800, maxMs: 30_000, jitter: 1 }
/** A watch that ran so long shows that all is well: what failed before is forgotten. */
const goodWatchMs = 10_000
/** The store went back, and all who watch list again: not all at once, and not again and again. */
const wentBack = { spreadMs: 2000, restMs: 10_000 }
/** Told of so many objects that cannot be used, each once while it stays as it is. */
const mostTold = 1000

/**
 * Keeps a store like the API server's collection: list, then watch from its resourceVersion with bookmarks, resuming where a watch ended,
 * listing again when the server has forgotten that version (410), when versions go back (its store was replaced by an older copy), and when a silent watch
 * turns out to have missed something. Each object is checked and taken or refused by itself. Goes on until aborted, however long the server is away.
 */
export const reflect = <T extends KubeObject>(options: ReflectorOptions<T>): Promise<void> => new Reflector(options).run()

class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>
  readonly #check: TypeCheck
  readonly #random: () => number
  /** By key the version that was seen last. */
  readonly #seen = new Map<string, string>()
  readonly #told = new Set<string>()
  #version: string | undefined
  /** A list that showed what the watch did not. */
  #newer: ListResult<unknown> | undefined
  #failures = 0
  #shortWatches = 0
  /** When (monotonic ms) the last list came. */
  #listedAt = Number.NEGATIVE_INFINITY
  #round = new AbortController()

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#check = objectCheck(options.path)
    this.#random = options.random ?? Math.random
  }

  async run(): Promise<void> {
    const { client, signal, clock } = this.#options
    const forget = client.view?.onWentBack(() => this.#listSoon())
    try {
      while (!signal.aborted) {
        this.#round = new AbortController()
        const began = clock.monotonic()
        try {
          if (this.#version === undefined) await this.#list()
          await this.#watch()
        } catch (error) {
          if (signal.aborted) return
          // Somebody wants a new list.
          if (this.#round.signal.aborted) continue
          await this.#failed(error, clock.monotonic() - began)
        }
      }
    } finally {
      forget?.()
    }
  }

  async #list(): Promise<void> {
    const { client, path, query, signal, store } = this.#options
    const { items, resourceVersion } = this.#newer ?? (await client.list<T>(path, { query, signal }))
    this.#newer = undefined
    this.#seen.clear()
    const fine: T[] = []
    const refused: Identity[] = []
    for (const item of items) {
      const object = this.#usable(item)
      if (object) {
        this.#isNews(object)
        fine.push(object)
      } else {
        refused.push(identityOf(item))
        this.#note(item)
      }
    }
    this.#version = resourceVersion
    this.#listedAt = this.#options.clock.monotonic()
    store.sync(fine, refused)
  }

  async #watch(): Promise<void> {
    const { client, path, query, clock, signal } = this.#options
    const began = clock.monotonic()
    let events = 0
    // client-go: five to ten minutes, so that watches do not all end together.
    const timeoutSeconds = String(Math.round(300 * (1 + this.#random())))
    const ends = AbortSignal.any([signal, this.#round.signal])
    const guard = new SilenceGuard(clock, ends, this.#random, () => this.#missesNothing())
    try {
      const watch = client.watch<T>(path, { query: { ...query, resourceVersion: this.#version ?? '', timeoutSeconds }, signal: ends })
      for await (const event of watch) {
        if (event.type === 'ERROR') throw statusError(event.object)
        guard.heard()
        events += 1
        this.#take(event)
      }
    } finally {
      guard[Symbol.dispose]()
      if (clock.monotonic() - began >= goodWatchMs) {
        this.#failures = 0
        this.#shortWatches = 0
      } else this.#shortWatches += 1
    }
    // A server that closes watches at once must not be asked in a tight loop; once may happen to anybody.
    if (this.#shortWatches === 0 || (this.#shortWatches === 1 && events > 0)) return
    await pauseBefore('reads', client, clock, backoffDelay(clientGoRetry, this.#shortWatches, this.#random), ends)
  }

  #take({ type, object }: Exclude<WatchEvent<T>, { type: 'ERROR' }>): void {
    const { store, log, path } = this.#options
    const version = versionOf(object)
    if (version !== undefined && this.#version !== undefined && isBefore(version, this.#version)) {
      this.#options.client.view?.wentBack()
      throw new KubeError(`the API server's versions went back from ${this.#version} to ${version}`, 410, 'Expired')
    }
    this.#version = version ?? this.#version
    switch (type) {
      case 'BOOKMARK':
        return
      case 'DELETED': {
        const identity = identityOf(object)
        if (identity.uid === undefined && identity.name === undefined) return this.#refuse(object, '.metadata: must name the object')
        this.#seen.delete(keyOf(identity))
        return this.#apply(object, () => store.remove(object))
      }
      case 'ADDED':
      case 'MODIFIED': {
        const fine = this.#usable(object)
        if (!fine) return this.#note(object)
        if (this.#isNews(fine)) this.#apply(fine, () => store.upsert(fine))
        return
      }
      default:
        // Not of this API's version. client-go says so and goes on.
        log.debug('an event of a watch is of no known type', { path, type: quoted(String(type)) })
    }
  }

  /** A fault that one object meets must not cost the others their events. */
  #apply(object: T, act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#options.log.error('an object could not be taken in', { path: this.#options.path, object: shown(identityOf(object)), error: String(error) })
    }
  }

  #usable(item: unknown): T | undefined {
    const wrong = this.#check(item) ?? this.#options.accept?.(item as T)
    if (wrong === undefined) return item as T
    this.#refuse(item, wrong)
    return undefined
  }

  #refuse(item: unknown, why: string): void {
    const { log, path, client, onRefused } = this.#options
    const identity = identityOf(item)
    client.refused?.(path)
    onRefused?.({ identity, why })
    const about = `${shown(identity)} ${why}`
    if (this.#told.has(about) || this.#told.size >= mostTold) return
    this.#told.add(about)
    log.warn('the API server sent an object that cannot be used; it is left as it was', { path, object: shown(identity), error: why.replace(/^[.:] ?/, '') })
  }

  #isNews(object: T): boolean {
    const version = object.metadata?.resourceVersion
    if (version !== undefined && this.#seen.get(keyOf(object.metadata ?? {})) === version) return false
    this.#seen.set(keyOf(object.metadata ?? {}), version ?? '')
    return true
  }

  #note(refused: unknown): void {
    this.#seen.set(keyOf(identityOf(refused)), versionOf(refused) ?? '')
  }

  /** Whether a list shows just what was seen. What it shows beyond that is taken instead of the watch. */
  async #missesNothing(): Promise<boolean> {
    const { client, path, query, log } = this.#options
    const list = await client.list<T>(path, { query, signal: this.#round.signal })
    const back = this.#version !== undefined && isBefore(list.resourceVersion, this.#version)
    const shown = new Map(list.items.map((item) => [keyOf(identityOf(item)), versionOf(item) ?? '']))
    const same = shown.size === this.#seen.size && [...shown].every(([key, version]) => this.#seen.get(key) === version)
    if (same && !back) return true
    log.warn('a watch that said nothing has missed something; its list is taken', { path, before: this.#version, now: list.resourceVersion })
    if (back) client.view?.wentBack()
    this.#newer = list
    this.#version = undefined
    this.#round.abort(new Error('a list shows more than the watch'))
    return false
  }

  #listSoon(): void {
    const { clock } = this.#options
    const before = this.#listedAt
    const afterMs = Math.max(this.#random() * wentBack.spreadMs, before + wentBack.restMs - clock.monotonic())
    clock.setTimer(afterMs, () => {
      if (this.#listedAt !== before) return
      this.#version = undefined
      this.#round.abort(new Error('the store of the API server went back'))
    })
  }

  async #failed(error: unknown, lastedMs: number): Promise<void> {
    const { client, path, clock, log, signal, retryAfter, onError } = this.#options
    if (lastedMs >= goodWatchMs) this.#failures = 0
    this.#failures += 1
    const failures = this.#failures
    const refused = error instanceof KubeError ? error : undefined
    if (refused?.code === 410 || refused?.reason === 'Expired' || refused?.reason === 'Gone' || isOfTheFuture(refused)) {
      this.#version = undefined
      // The first time is ordinary: list at once. A server that forgets what it has just listed is asked more slowly.
      if (failures === 1) return
    }
    if (refused) onError?.(refused, failures)
    const delay = refused && retryAfter?.(refused, failures)
    // What the caller has a time of its own for, it expects.
    log[failures === 1 && delay === undefined ? 'warn' : 'debug']('list-watch failed, trying again', {
      path,
      failures,
      error: error instanceof Error ? error.message : String(error),
    })
    const waitMs = delay ?? backoffDelay(clientGoRetry, failures, this.#random)
    const away = refused !== undefined && refused.retryAfterMs === undefined && (refused.code === 0 || refused.code >= 500)
    await (away ? pauseBefore('reads', client, clock, waitMs, signal) : sleep(clock, Math.max(refused?.retryAfterMs ?? 0, waitMs), signal)).catch(() => {})
  }
}

/** Strings that the object has anyway: there may be thousands. */
const keyOf = ({ uid, namespace, name }: Identity): string => uid ?? `${namespace ?? ''}/${name ?? ''}`

function versionOf(object: unknown): string | undefined {
  const version = isRecord(object) && isRecord(object.metadata) ? object.metadata.resourceVersion : undefined
  return typeof version === 'string' && version !== '' ? version : undefined
}

/** The server has not come to that version: it lags behind another of its cluster, or its store was replaced by an older copy. */
const isOfTheFuture = (error: KubeError | undefined): boolean =>
  error?.code === 504 &&
  (/too large resource version/i.test(error.message) || (error.status?.details?.causes ?? []).some(({ reason }) => reason === 'ResourceVersionTooLarge'))
