import type { Int64 } from '../../../json/exact.ts'
import type { PatchType } from '../../../kube/client.ts'
import type { KubeObject, Status } from '../../../kube/objects.ts'
import type { User } from '../auth/user.ts'

/** One object of a resource named as `resourceName` does: `pods`, `leases.coordination.k8s.io`. */
export interface ObjectRef {
  readonly resource: string
  /** Empty or left out for resources without namespace. */
  readonly namespace?: string
  readonly name: string
}

/** The objects of a resource, all or of one namespace. */
export interface CollectionRef {
  readonly resource: string
  readonly namespace?: string
}

export interface Selection {
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface CallOptions {
  /** Who does it; the system itself (`system:apiserver`, `system:masters`) unless said. */
  readonly user?: User
  readonly fieldManager?: string
  readonly dryRun?: boolean
  readonly subresource?: string
  readonly force?: boolean
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  readonly warn?: (message: string) => void
}

/** `DeleteOptions` of the API. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: Int64
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  readonly orphanDependents?: boolean
  /** Of an eviction, which is sent them; a deletion says it beside them. */
  readonly dryRun?: readonly string[]
}

export interface ObjectList {
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
}

export interface BackendEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

/** A change that is told as it happens. */
export interface ObservedChange {
  /** The object, or when it is gone its last state. */
  readonly object: KubeObject
  readonly gone: boolean
  /** What it was before; none for one that is new, or was there when the observing began. */
  readonly previous?: KubeObject
}

/**
 * The API in-process, with no HTTP between: for controllers and for tests. Objects handed out are shared: never change one.
 * Every method throws `KubeError` with the Status an HTTP client would get.
 */
export interface ApiBackend {
  get(ref: ObjectRef): Promise<KubeObject>
  list(ref: CollectionRef, selection?: Selection): Promise<ObjectList>
  create(ref: CollectionRef, object: KubeObject, options?: CallOptions): Promise<KubeObject>
  /** POST to a subresource (binding, eviction, token). */
  createSubresource(ref: ObjectRef, subresource: string, body: KubeObject, options?: CallOptions): Promise<KubeObject>
  update(ref: ObjectRef, object: KubeObject, options?: CallOptions): Promise<KubeObject>
  patch(ref: ObjectRef, type: PatchType, patch: unknown, options?: CallOptions): Promise<KubeObject>
  delete(ref: ObjectRef, options?: DeleteOptions, call?: CallOptions): Promise<KubeObject | Status>
  deleteCollection(ref: CollectionRef, selection?: Selection, options?: DeleteOptions, call?: CallOptions): Promise<ObjectList>
  /** From `resourceVersion` on, or with an ADDED for all that is there first. Ends when aborted; throws a 410 `KubeError` when it fell behind. */
  watch(ref: CollectionRef, options?: Selection & { readonly resourceVersion?: string; readonly signal?: AbortSignal }): AsyncIterable<BackendEvent>
  /**
   * Tells of all that is there, then of every change within the very turn in which it is stored, so that what is kept by it is never behind a read.
   * `tell` must not write. Ends when the answer is called.
   */
  observe(resource: string, tell: (change: ObservedChange) => void): () => void
}
