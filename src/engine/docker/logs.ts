import type { ContainerId, LogOptions } from '../engine.ts'
import type { DockerConnection } from './connection.ts'
import { demultiplex } from './demultiplex.ts'
import { engineError } from './errors.ts'
import { openStream } from './open-stream.ts'

/** A container's log as bytes, both streams in order. Ends quietly when the caller aborts. */
export async function* containerLogs(connection: DockerConnection, id: ContainerId, options: LogOptions = {}): AsyncGenerator<Uint8Array> {
  // Its own controller, so that a caller who stops reading ends the request.
  const done = new AbortController()
  const signal = AbortSignal.any([connection.closed, done.signal, ...(options.signal ? [options.signal] : [])])
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  const what = `read the log of container ${id}`
  try {
    const info = await connection.read(what, () => connection.docker.getContainer(id).inspect())
    if (left <= 0 || signal.aborted) return
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
