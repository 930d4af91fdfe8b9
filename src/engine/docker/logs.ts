import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type Docker from 'dockerode'
import type { ContainerId, LogOptions } from '../engine.ts'
import type { DockerConnection } from './connection.ts'
import { demultiplex } from './demultiplex.ts'
import { engineError } from './errors.ts'
import { readJsonLog } from './json-log/read-json-log.ts'
import { openStream } from './open-stream.ts'

/** A container's log as bytes, both streams in order. Ends quietly when the caller aborts. */
export async function* containerLogs(connection: DockerConnection, id: ContainerId, options: LogOptions = {}): AsyncGenerator<Uint8Array> {
  // Its own controller, so that a caller who stops reading ends the request.
  const done = new AbortController()
  const signal = AbortSignal.any([connection.closed, done.signal, ...(options.signal ? [options.signal] : [])])
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  const what = `read the log of container ${id}`
  try {
    const container = connection.docker.getContainer(id)
    const info = await connection.read(what, () => container.inspect())
    if (left <= 0 || signal.aborted) return
    if (await isReadable(info)) {
      // The answer comes when the container has ended and its log is written. An engine that is away writes no more either.
      const over = options.follow ? connection.open(what, () => container.wait({ abortSignal: signal })).catch(() => {}) : Promise.resolve()
      for await (const data of readJsonLog(info.LogPath, { ...options, over }, signal)) {
        yield data.length > left ? data.subarray(0, left) : data
        left -= data.length
        if (left <= 0) return
      }
      connection.closed.throwIfAborted()
      return
    }
    const answer = await openStream(connection, what, {
      path: `/containers/${id}/logs`,
      query: {
        stdout: true,
        stderr: true,
        follow: options.follow ?? false,
        timestamps: options.timestamps ?? false,
        tail: options.tailLines === undefined ? 'all' : String(options.tailLines),
        ...(options.since !== undefined && { since: (options.since / 1000).toFixed(3) }),
      },
      signal,
    })
    for await (const { data } of demultiplex(answer, { tty: info.Config.Tty })) {
      yield data.length > left ? data.subarray(0, left) : data
      left -= data.length
      if (left <= 0) return
    }
  } catch (error) {
    if (connection.closed.aborted) throw connection.closed.reason
    if (!options.signal?.aborted) throw engineError(error, what, connection.endpoint)
  } finally {
    done.abort()
  }
}

/** The engine is on this machine and keeps the log in files that this process may read. */
async function isReadable(info: Docker.ContainerInspectInfo): Promise<boolean> {
  if (info.HostConfig.LogConfig?.Type !== 'json-file' || !info.LogPath) return false
  return access(info.LogPath, constants.R_OK).then(
    () => true,
    () => false,
  )
}
