import { containers } from '../../protobuf/cri/container.ts'
import type { ContainerId, LogOptions } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import type { ExitWatch } from './exits.ts'
import { readLog } from './log/read-log.ts'

/** A container's log as bytes, both streams in order. Ends quietly when the caller aborts. */
export async function* containerLogs(connection: CriConnection, exits: ExitWatch, id: ContainerId, options: LogOptions = {}): AsyncGenerator<Uint8Array> {
  const done = new AbortController()
  const signal = AbortSignal.any([connection.closed, done.signal, ...(options.signal ? [options.signal] : [])])
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  try {
    const { status } = await connection.read(`read the log of container ${id}`, containers.status, { containerId: id })
    if (left <= 0 || signal.aborted || !status?.logPath) return
    // A runtime that is away writes no more either.
    const over = options.follow && status.state !== 2 ? exits.exitCode(id, signal).catch(() => {}) : Promise.resolve()
    for await (const data of readLog(status.logPath, { ...options, over }, signal)) {
      yield data.length > left ? data.subarray(0, left) : data
      left -= data.length
      if (left <= 0) return
    }
    connection.closed.throwIfAborted()
  } finally {
    done.abort()
  }
}
