import type { KubeObject } from '../../../kube/objects.ts'

/** A change of one key. Without an object the key is gone. */
export interface StorageChange {
  readonly key: string
  readonly revision: number
  readonly object?: KubeObject
}

/** One key as loaded. */
export interface StoredObject {
  readonly key: string
  readonly revision: number
  readonly object: KubeObject
}

/** Where a storage tells what it holds: once all of it, then every change in order of revision. */
export interface StorageSink {
  /** All there is at `revision`; may come again when changes were missed. */
  reset(objects: readonly StoredObject[], revision: number): void
  apply(change: StorageChange): void
}

/** The outcome of a write: its revision, or that the key was not at the expected one. */
export type WriteResult = { readonly revision: number } | 'conflict'

/**
 * Holds objects under etcd's keys (`/registry/pods/default/a`). Reads are answered from what the sink was told;
 * a write resolves only after the sink was told of it, so that everyone reads their own writes.
 */
export interface Storage extends AsyncDisposable {
  /** Loads everything and keeps the sink up to date from then on. */
  start(sink: StorageSink): Promise<void>
  /** Writes if the key is at revision `expected`; 0 means it must not exist. */
  put(key: string, object: KubeObject, expected: number): Promise<WriteResult>
  /** Removes the key if it is at revision `expected`. */
  remove(key: string, expected: number): Promise<WriteResult>
}
