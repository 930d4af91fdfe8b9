import { containers } from '../../protobuf/cri/container.ts'
import { type ContainerId, EngineError, type LogOptions } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import type { ExitWatch } from './exits.ts'
import { isLogPath } from './log/log-files.ts'
import { readLog } from './log/read-log.ts'

/** A container's log as bytes, both streams in order. Ends quietly when the caller aborts. */
export async function* containerLogs(connection: CriConnection, exits: ExitWatch, id: ContainerId, options: LogOptions = {}): AsyncGenerator<Uint8Array> {
  const done = new AbortController()
  const signal = AbortSignal.any([connection.closed, done.signal, ...(options.signal ? [options.signal] : [])])
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  try {
    const { status } = await connection.read(`read the log of container ${id}`, containers.status, { containerId: id })
    if (left <= 0 || signal.aborted || !status?.logPath) return
    if (!isLogPath(status.logPath))
      throw new EngineError('internal', `the runtime has the log of container ${id} at ${JSON.stringify(status.logPath)}, which is no place for one`)
    // A runtime that is away writes no more either.
    const over = options.follow && status.state !== 2 ? exits.exitCode(id, signal).catch(() => {}) : Promise.resolve()
    for await (const data of readLog(status.logPath, { ...options, over }, signal)) {
      yield data.length > left ? data.subarray(0, left) : data
      left -= data.length
      if (left <= 0) return
    }
    connection.closed.throwIfAborted()
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw new EngineError('internal', `cannot read the log of container ${id}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  } finally {
    done.abort()
  }
}
