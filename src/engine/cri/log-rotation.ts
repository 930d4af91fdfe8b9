import { join } from 'node:path'
import { containers } from '../../protobuf/cri/container.ts'
import type { LogRotation } from '../engine.ts'
import { Limiter } from '../limiter.ts'
import type { CriConnection } from './connection.ts'
import { label, podOf } from './labels.ts'
import { rotateLog } from './log/rotate.ts'

/** Rotates the logs of what runs, where they are too long. CRI leaves that to who made the containers. */
export async function rotateLogs(connection: CriConnection, podLogsDirectory: string, rotation: LogRotation): Promise<void> {
  const filter = { state: { state: 1 } }
  const { containers: rows } = await connection.read('list containers', containers.list, { filter })
  const workers = new Limiter(rotation.workers ?? 1)
  const rotate = async ({ id, labels, metadata }: (typeof rows)[number]) => {
    const pod = podOf(labels)
    if (!pod) return
    // Where a kubelet has it: to ask the runtime costs a call for each container.
    const path = join(podLogsDirectory, `${pod.namespace}_${pod.name}_${pod.uid}`, labels[label.containerName] ?? '', `${metadata?.attempt ?? 0}.log`)
    try {
      const reopen = async () => void (await connection.change(`begin the log of container ${id} anew`, containers.reopenLog, { containerId: id }))
      await rotateLog(path, rotation, new Date(connection.clock.wall()), reopen)
    } catch (error) {
      connection.log.warn('a log could not be rotated', { path, cause: error instanceof Error ? error.message : String(error) })
    }
  }
  await Promise.all(rows.map((row) => workers.run(() => rotate(row))))
}
