import type { CellInfo } from './types.ts'
import type { Downward } from './wire.ts'

/** The mailbox's hold on one host, wherever it runs. */
export interface HostLink {
  readonly threadId: number
  /** Answers what was handled at once. Rejects when something in it cannot be cloned; nothing of the batch has then arrived. */
  deliver(batch: readonly Downward[]): readonly number[] | Promise<readonly number[]>
  /** Its actors, as it sees them. */
  inspect(): readonly CellInfo[] | Promise<readonly CellInfo[]>
  /** What its environment has measured, or a promise of it. */
  readings(): unknown
  close(): Promise<void>
  /** For chaos tests: the host's thread dies of an uncaught error. */
  die(): void
}
