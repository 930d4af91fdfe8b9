import type { Downward } from './wire.ts'

/** The mailbox's hold on one host, wherever it runs. */
export interface HostLink {
  readonly threadId: number
  /** Rejects when something in it cannot be cloned; nothing of the batch has then arrived. */
  deliver(batch: readonly Downward[]): void | Promise<void>
  close(): Promise<void>
  /** For chaos tests: the host's thread dies of an uncaught error. */
  die(): void
}
