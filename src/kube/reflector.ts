import { backoffDelay } from '../base/backoff.ts'
import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { type KubeClient, KubeError } from './client.ts'
import type { KubeObject } from './objects.ts'
import { statusError } from './status-error.ts'

/** Where a reflector puts what it sees. */
export interface ReflectorStore<T> {
  /** Everything there is, after a list. */
  sync(items: readonly T[]): void
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
}

/** client-go 0.32: 800 ms doubling to 30 s, full jitter. */
export const clientGoRetry = { initialMs: 800, maxMs: 30_000, jitter: 1 }
/** client-go 0.32: the backoff begins anew after two minutes. */
const forgetMs = 120_000
/** client-go's "very short watch": it ended within a second and told nothing. */
const shortWatchMs = 1000

/**
 * Keeps a store like the API server's collection: list, then watch from its resourceVersion with bookmarks, resuming where a watch ended,
 * listing again when the server has forgotten that version (410). Goes on until aborted, however long the server is away.
 */
export async function reflect<T extends KubeObject>(options: ReflectorOptions<T>): Promise<void> {
  const { client, path, query, store, clock, log, signal, random = Math.random } = options
  let failures = 0
  let version: string | undefined
  const seen = new Map<string, string>()
  // Strings that the object has anyway: there may be thousands.
  const keyOf = ({ metadata }: T) => metadata?.uid ?? `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`
  const isNews = (object: T): boolean => {
    const at = object.metadata?.resourceVersion ?? ''
    if (seen.get(keyOf(object)) === at) return false
    seen.set(keyOf(object), at)
    return true
  }
  while (!signal.aborted) {
    let watchedFrom: number | undefined
    try {
      if (version === undefined) {
        const list = await client.list<T>(path, { query, signal })
        seen.clear()
        for (const item of list.items) isNews(item)
        version = list.resourceVersion
        store.sync(list.items)
      }
      watchedFrom = clock.monotonic()
      let events = 0
      // client-go: five to ten minutes, so that watches do not all end together.
      const timeoutSeconds = String(Math.round(300 * (1 + random())))
      for await (const event of client.watch<T>(path, { query: { ...query, resourceVersion: version, timeoutSeconds }, signal })) {
        if (event.type === 'ERROR') throw statusError(event.object)
        events += 1
        failures = 0
        const { object } = event
        version = object.metadata?.resourceVersion ?? version
        if (event.type === 'BOOKMARK') continue
        if (event.type === 'DELETED') {
          seen.delete(keyOf(object))
          store.remove(object)
        } else if (isNews(object)) store.upsert(object)
      }
      // A server that closes watches at once must not be asked in a tight loop.
      if (events === 0 && clock.monotonic() - watchedFrom < shortWatchMs) await sleep(clock, backoffDelay(clientGoRetry, ++failures, random), signal)
      else failures = 0
    } catch (error) {
      if (signal.aborted) return
      // What went well for long is not blamed for failures before it.
      if (watchedFrom !== undefined && clock.monotonic() - watchedFrom >= forgetMs) failures = 0
      failures += 1
      const refused = error instanceof KubeError ? error : undefined
      if (refused?.code === 410 || refused?.reason === 'Expired' || refused?.reason === 'Gone') {
        version = undefined
        // The first time is ordinary: list at once. A server that forgets what it has just listed is asked more slowly.
        if (failures === 1) continue
      }
      if (refused) options.onError?.(refused, failures)
      const delay = refused && options.retryAfter?.(refused, failures)
      // What the caller has a time of its own for, it expects.
      log[failures === 1 && delay === undefined ? 'warn' : 'debug']('list-watch failed, trying again', {
        path,
        failures,
        error: error instanceof Error ? error.message : String(error),
      })
      await sleep(clock, Math.max(refused?.retryAfterMs ?? 0, delay ?? backoffDelay(clientGoRetry, failures, random)), signal).catch(() => {})
    }
  }
}
