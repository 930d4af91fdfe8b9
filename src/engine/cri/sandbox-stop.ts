import { sandboxes } from '../../protobuf/cri/sandbox.ts'
import type { SandboxId } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { unlessGone } from './errors.ts'

/** Kills what runs in the sandbox and takes its network down; one that is gone is fine. */
export async function stopSandbox(connection: CriConnection, id: SandboxId): Promise<void> {
  await unlessGone(connection.linger(`stop sandbox ${id}`, sandboxes.stop, { podSandboxId: id }))
}
