import type { PodInfo } from '../snapshot/pod-info.ts'
import { signatureOf } from './signature.ts'

/** Where a pod without a node waits. */
export type WaitingPlace =
  /** To be tried. */
  | { readonly in: 'active'; readonly order: number }
  /** To be tried when the time has come (ms), or before it where nothing else is to be done and it was no error. */
  | { readonly in: 'backoff'; readonly until: number; readonly isError: boolean }
  /** It fits nowhere; something is to happen first. */
  | { readonly in: 'parked' }
  /** Its scheduling gates are not open. */
  | { readonly in: 'gated' }
  /** It is being placed or bound. */
  | { readonly in: 'flight' }

/** A pod without a node, with what came of the attempts to place it. */
export class QueuedPod {
  info: PodInfo
  place: WaitingPlace = { in: 'flight' }
  /** Attempts that found no node, and those that failed otherwise one after the other. */
  unschedulable = 0
  errors = 0
  /** When the last attempt ended, ms. */
  triedAt = 0
  /** What was told last of why it waits. */
  told: string | undefined
  #signature: string | undefined

  constructor(info: PodInfo) {
    this.info = info
  }

  get key(): string {
    return this.info.key
  }

  /** Pods with the same signature fit or do not fit alike. */
  get signature(): string {
    this.#signature ??= signatureOf(this.info)
    return this.#signature
  }

  /** Takes in the pod as it is now; answers whether something of it has changed that a placement depends on. */
  update(info: PodInfo): boolean {
    const before = this.signature
    this.info = info
    this.#signature = signatureOf(info)
    return before !== this.#signature
  }
}
