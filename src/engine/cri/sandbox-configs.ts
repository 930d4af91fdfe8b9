import { type podSandboxConfig, sandboxes } from '../../protobuf/cri/sandbox.ts'
import type { Given } from '../../protobuf/table.ts'
import type { ContainerConfig, SandboxId } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { logDirectoryOf } from './container-config.ts'
import { sandboxSecurity } from './security.ts'

type SandboxMessage = Given<typeof podSandboxConfig>

/** Of the newest sandboxes this many are remembered; of others the runtime is asked. */
const remembered = 1000

/** With what sandboxes were made: CRI wants it again for every container. */
export class SandboxConfigs {
  readonly #known = new Map<SandboxId, SandboxMessage>()

  remember(id: SandboxId, config: SandboxMessage): void {
    if (this.#known.size >= remembered) this.#known.delete(this.#known.keys().next().value as SandboxId)
    this.#known.set(id, config)
  }

  forget(id: SandboxId): void {
    this.#known.delete(id)
  }

  /** That of a container's sandbox. Throws `not-found` when there is no such sandbox. */
  async of(connection: CriConnection, id: SandboxId, container: ContainerConfig): Promise<SandboxMessage> {
    const known = this.#known.get(id)
    if (known) return known
    const { status } = await connection.read(`look at sandbox ${id}`, sandboxes.status, { podSandboxId: id })
    const { pod, namespaces, cgroupParent, security, hostname } = container
    const config: SandboxMessage = {
      metadata: status?.metadata ?? { name: pod.name, uid: pod.uid, namespace: pod.namespace, attempt: 0 },
      hostname,
      logDirectory: logDirectoryOf(container),
      labels: status?.labels,
      annotations: status?.annotations,
      linux: { cgroupParent, securityContext: sandboxSecurity({ privileged: security.privileged, seccompProfile: 'runtime/default' }, namespaces) },
    }
    this.remember(id, config)
    return config
  }
}
