import type { KubeObject, Status } from './objects.ts'
import type { ServerView } from './server-view.ts'

/** How a PATCH body is to be understood; the value is its media type. */
export type PatchType =
  | 'application/strategic-merge-patch+json'
  | 'application/merge-patch+json'
  | 'application/json-patch+json'
  | 'application/apply-patch+yaml'

/** A refusal by the API server, or no answer at all (`code` 0). Callers switch on `code` and `reason`. */
export class KubeError extends Error {
  override readonly name = 'KubeError'
  /** HTTP status; 0 when the server was not reached. */
  readonly code: number
  /** `Status.reason`, e.g. `NotFound`, `AlreadyExists`, `Conflict`, `Expired`. */
  readonly reason: string
  readonly status: Status | undefined
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, code: number, reason: string, options: { status?: Status; retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.reason = reason
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}

/** The items are as they came: whoever keeps them checks each (`objectCheck`). */
export interface ListResult<T> {
  readonly items: T[]
  readonly resourceVersion: string
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T }
  | { readonly type: 'ERROR'; readonly object: Status }

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/**
 * The client's edge: paths such as `/api/v1/nodes/n1`, plain JSON objects. Every method throws `KubeError`.
 * Honours client-side QPS and the server's `Retry-After` on 429.
 */
export interface KubeClient {
  /** What is known of the server by all clients that share it. */
  readonly view?: ServerView
  get<T extends KubeObject>(path: string, options?: RequestOptions): Promise<T>
  list<T extends KubeObject>(path: string, options?: RequestOptions): Promise<ListResult<T>>
  create<T extends KubeObject>(path: string, object: unknown, options?: RequestOptions): Promise<T>
  update<T extends KubeObject>(path: string, object: unknown, options?: RequestOptions): Promise<T>
  patch<T extends KubeObject>(path: string, type: PatchType, patch: unknown, options?: RequestOptions): Promise<T>
  /** `body` is a `DeleteOptions`: grace period and preconditions. */
  delete(path: string, body?: unknown, options?: RequestOptions): Promise<void>
  /** Ends without error when the server closes the stream; throws `KubeError` when it breaks. */
  watch<T extends KubeObject>(path: string, options?: RequestOptions): AsyncIterable<WatchEvent<T>>
  /** To be told of an object from this path that cannot be used, where somebody counts them. */
  refused?(path: string): void
}
