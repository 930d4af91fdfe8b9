import { containers } from '../../protobuf/cri/container.ts'
import { type ContainerId, EngineError } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { inRuntimeWords } from './errors.ts'

/** Starts it; one that runs is fine. Throws `cannot-run` when its process cannot be started. */
export async function startContainer(connection: CriConnection, id: ContainerId): Promise<void> {
  try {
    await connection.change(`start container ${id}`, containers.start, { containerId: id })
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'not-found' || error.kind === 'unreachable') throw error
    const { status } = await connection.read(`look at container ${id}`, containers.status, { containerId: id })
    if (status?.state === 1) return
    throw inRuntimeWords(error)
  }
}
