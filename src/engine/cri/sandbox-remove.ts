import { containers } from '../../protobuf/cri/container.ts'
import { sandboxes } from '../../protobuf/cri/sandbox.ts'
import type { SandboxId } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { removeContainer } from './container-remove.ts'
import { unlessGone } from './errors.ts'
import type { SandboxConfigs } from './sandbox-configs.ts'

/** Removes the sandbox and what is left in it, logs too; one that is gone is fine. */
export async function removeSandbox(connection: CriConnection, configs: SandboxConfigs, id: SandboxId): Promise<void> {
  const inside = await connection.read('list the containers of a sandbox', containers.list, { filter: { podSandboxId: id } })
  await Promise.all(inside.containers.map((container) => removeContainer(connection, container.id)))
  await unlessGone(connection.change(`remove sandbox ${id}`, sandboxes.remove, { podSandboxId: id }))
  configs.forget(id)
}
