import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { backoffDelay } from '../../base/backoff.ts'
import { sleep } from '../../base/clock.ts'
import { type ContainerId, EngineError, type LogOptions } from '../engine.ts'
import { answers } from './answers.ts'
import type { DockerConnection } from './connection.ts'
import { inspectContainer } from './containers.ts'
import { demultiplex } from './demultiplex.ts'
import { engineError } from './errors.ts'
import { logOf } from './inspected.ts'
import { readJsonLog } from './json-log/read-json-log.ts'
import { openStream } from './open-stream.ts'

const askAgain = { initialMs: 500, maxMs: 10_000, jitter: 0.5 }

/** A container's log as bytes, both streams in order. Ends quietly when the caller aborts. */
export async function* containerLogs(connection: DockerConnection, id: ContainerId, options: LogOptions = {}): AsyncGenerator<Uint8Array> {
  // Its own controller, so that a caller who stops reading ends the request.
  const done = new AbortController()
  const signal = AbortSignal.any([connection.closed, done.signal, ...(options.signal ? [options.signal] : [])])
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  const what = `read the log of container ${id}`
  try {
    const info = await inspectContainer(connection, id)
    if (!info) throw new EngineError('not-found', `cannot ${what}: No such container: ${id}`)
    if (left <= 0 || signal.aborted) return
    const path = logOf(info)
    if (path !== '' && (await isReadable(path))) {
      const over = options.follow ? ended(connection, id, signal) : Promise.resolve()
      for await (const data of readJsonLog(path, { ...options, over }, signal)) {
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
    for await (const { data } of demultiplex(answer, { tty: info.Config.Tty ?? false })) {
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

/**
 * Once the container has ended and its log is written. An engine that is away, or begun anew, is asked again: a container that outlives it writes on.
 * Never rejects.
 */
async function ended(connection: DockerConnection, id: ContainerId, signal: AbortSignal): Promise<void> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      await connection.wait(`wait for container ${id}`, answers.containerEnded, (docker) => docker.getContainer(id).wait(), signal)
      return
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'not-found') return
      await sleep(connection.clock, backoffDelay(askAgain, failures), signal).catch(() => {})
    }
  }
}

/** The engine is on this machine, and this process may read its file. */
const isReadable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
