import { containers } from '../../protobuf/cri/container.ts'
import { collectorLink, unlinkLog } from '../log-link.ts'
import type { CriConnection } from './connection.ts'
import { unlessGone } from './errors.ts'
import { label, podOf } from './labels.ts'
import { isLogPath, removeLogFiles } from './log/log-files.ts'

/** Removes it, running or not, with its log; one that is gone is fine. */
export async function removeContainer(connection: CriConnection, id: string): Promise<void> {
  const answer = await unlessGone(connection.read(`look at container ${id}`, containers.status, { containerId: id }))
  if (!answer?.status) return
  // CRI says of no runtime that it removes what runs.
  if (answer.status.state === 1) await unlessGone(connection.linger(`stop container ${id}`, containers.stop, { containerId: id, timeout: 0 }))
  await unlessGone(connection.change(`remove container ${id}`, containers.remove, { containerId: id }))
  const { logPath, labels } = answer.status
  const pod = podOf(labels)
  if (!isLogPath(logPath)) return
  if (pod) await unlinkLog(collectorLink(logPath, pod, labels[label.containerName] ?? '', id), logPath)
  await removeLogFiles(logPath)
}
