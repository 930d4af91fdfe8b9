import { sleep } from '../../../base/clock.ts'
import type { CriConnection } from '../connection.ts'
import { listParts } from '../list-pods.ts'
import type { KnownParts } from './known-parts.ts'

/** As a kubelet does, of a runtime that has no events at all. */
const relistMs = 1000

/** Lists everything each second. Throws `EngineError` when the runtime does not answer. */
export async function followLists(connection: CriConnection, parts: KnownParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(connection.clock, relistMs, signal)
    parts.compare(await listParts(connection), connection.clock.wall())
  }
}
