import { containers } from '../../protobuf/cri/container.ts'
import type { CriConnection } from './connection.ts'
import { unlessGone } from './errors.ts'

/** Stops it within the grace; one that has stopped or is gone is fine. As with a kubelet the call has its grace and the usual time. */
export async function stopContainer(connection: CriConnection, id: string, graceSeconds: number): Promise<void> {
  const timeout = Math.max(0, Math.ceil(graceSeconds))
  const deadlineMs = timeout * 1000 + connection.timeoutMs
  await unlessGone(connection.linger(`stop container ${id}`, containers.stop, { containerId: id, timeout }, { deadlineMs }))
}
