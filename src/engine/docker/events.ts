import { backoffDelay } from '../../base/backoff.ts'
import { sleep } from '../../base/clock.ts'
import type { ContainerId, EngineEvent, SandboxId } from '../engine.ts'
import { type DockerEvent, eventLine } from './answers.ts'
import type { DockerConnection } from './connection.ts'
import { lines } from './lines.ts'
import { isSandbox, label, podOf } from './names.ts'
import { openStream } from './open-stream.ts'

const reconnect = { initialMs: 100, maxMs: 10_000, jitter: 0.5 }

/** An event has its container's labels, which the daemon bounds by nothing; those of pods are some kilobytes. */
const mostEventBytes = 2 ** 20
/** A stream that broke sooner was no good one: the next try waits longer. */
const goodStreamMs = 30_000

/**
 * What happens to containers of pods, from now on. A stream that breaks is opened again where it broke off, and `resync` is said, as
 * Docker remembers only its last 256 events, and none over its own restart. Ends when either signal is aborted.
 */
export async function* engineEvents(connection: DockerConnection, callerSignal: AbortSignal): AsyncGenerator<EngineEvent> {
  const { clock, log } = connection
  const done = new AbortController()
  const signal = AbortSignal.any([connection.closed, callerSignal, done.signal])
  // From the call on, not from when the engine has answered: what happens between the two is replayed.
  let since = (clock.wall() / 1000).toFixed(3)
  let last = ''
  let failures = 0
  let broken = false
  try {
    while (!signal.aborted) {
      let openedAt: number | undefined
      try {
        const answer = await openStream(connection, 'watch events', { path: '/events', query: { since, filters: eventFilters }, signal })
        openedAt = clock.monotonic()
        if (broken) yield { type: 'resync', at: clock.wall() }
        broken = true
        for await (const line of lines(answer, mostEventBytes)) {
          const event = parseEvent(line)
          if (!event) {
            // What it told is not known; the stream goes on.
            log.warn('an event of the Docker Engine cannot be read', { line: line.slice(0, 200) })
            yield { type: 'resync', at: clock.wall() }
            continue
          }
          since = inSeconds(event.timeNano)
          // Where the stream goes on, the last event of the broken one comes again.
          const key = `${event.timeNano} ${event.Action} ${event.Actor.ID}`
          if (key === last) continue
          last = key
          const told = engineEvent(event)
          if (told) yield told
        }
      } catch (error) {
        if (signal.aborted) return
        broken = true
        if (failures === 0) log.warn('the event stream of the Docker Engine broke', { cause: error instanceof Error ? error.message : String(error) })
      }
      failures = openedAt !== undefined && clock.monotonic() - openedAt >= goodStreamMs ? 1 : failures + 1
      await sleep(clock, backoffDelay(reconnect, failures), signal).catch(() => {})
    }
  } finally {
    done.abort()
  }
}

const changes = { create: 'created', start: 'started', die: 'exited', oom: 'oom', destroy: 'removed' } as const
const eventFilters = JSON.stringify({ type: ['container'], label: [label.podUid], event: Object.keys(changes) })

/** Docker's seconds with a fraction, rounded down: a number cannot hold nanoseconds, and an event that comes twice is better than none. */
function inSeconds(timeNano: number): string {
  return (Math.floor(timeNano / 1000) / 1e6).toFixed(6)
}

/** Undefined for a line that is no event. */
function parseEvent(line: string): DockerEvent | undefined {
  try {
    return eventLine.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

function engineEvent(event: DockerEvent): EngineEvent | undefined {
  const { ID: id, Attributes: labels } = event.Actor
  const pod = podOf(labels)
  const change = Object.hasOwn(changes, event.Action) ? changes[event.Action as keyof typeof changes] : undefined
  if (!pod || !change) return undefined
  const at = Math.floor(event.timeNano / 1e6)
  if (!isSandbox(labels)) return { type: 'container', pod, id: id as ContainerId, name: labels[label.containerName] ?? '', change, at }
  return change === 'oom' ? undefined : { type: 'sandbox', pod, id: id as SandboxId, change, at }
}
