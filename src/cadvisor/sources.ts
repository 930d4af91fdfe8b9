import type { NodeSnapshot } from '../metrics/snapshot.ts'
import type { NodeView, PodView } from './views.ts'

/** Where an actor lives and what it did last, as the page shows it. */
export interface ActorView {
  readonly address: string
  /** Host index, -1 for the node's own thread. */
  readonly host: number
  readonly life: string
  readonly queued: number
  readonly handled: number
  readonly restarts: number
  readonly recent: readonly string[]
}

/** A controller of the control plane in this process, or its scheduler. Times in milliseconds. */
export interface ControllerView {
  readonly name: string
  /** `waiting` while another process leads. */
  readonly life: string
  readonly restarts: number
  /** Keys that wait, and that are being handled. */
  readonly queued: number
  readonly running: number
  readonly handled: number
  readonly retries: number
  /** Of a key: on the average, and of the slowest. */
  readonly meanMs: number
  readonly longestMs: number
  /** The last keys, newest last. */
  readonly recent: readonly string[]
}

export interface ActorsView {
  readonly hosts: readonly { readonly index: number; readonly actors: number; readonly queued: number }[]
  readonly mailbox: {
    readonly delivered: number
    readonly merged: number
    readonly deadLetters: number
    readonly restarts: number
    readonly rehomed: number
    readonly queued: number
    /** Send to delivery, ms. */
    readonly latency: { readonly p50: number; readonly p99: number; readonly max: number }
  }
  readonly actors: readonly ActorView[]
  /** None of an agent without a control plane beside it. */
  readonly controllers: readonly ControllerView[]
}

/** A file system that the node watches: `root` (its own) or `images`. */
export interface WatchedFilesystem {
  readonly label: 'root' | 'images'
  readonly path: string
}

/** What the page and its API are made from; everything is read when somebody looks. */
export interface CadvisorSources {
  readonly nodeName: string
  /** Of this agent, e.g. `v1.32.0`. */
  readonly version: string
  readonly engine: { readonly name: string; readonly version: string }
  readonly filesystems: readonly WatchedFilesystem[]
  /** The newest samples. */
  snapshot(): NodeSnapshot
  node(): NodeView
  pods(): readonly PodView[]
  /** Undefined when it is gone. */
  pod(uid: string): PodView | undefined
  actors(): Promise<ActorsView>
  healthy(): boolean
  /** Somebody looks at the page, or nobody any more. */
  watched(by: number): void
}
