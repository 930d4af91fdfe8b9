import type { ServerResponse } from 'node:http'
import type { NodeSnapshot } from '../../metrics/snapshot.ts'
import type { EventLog } from '../event-log.ts'
import type { Holder, Seats } from '../live/seats.ts'
import { type EventQuery, matches, nameOf, shown } from './events.ts'

/** Bytes that may wait for a slow client before it is dropped. */
const bufferBytes = 1 << 20

export interface EventStreamParts {
  readonly log: EventLog
  readonly seats: Seats
  snapshot(): NodeSnapshot
}

/** cAdvisor's `events?stream=true`: a JSON object a line, as events come, until the client goes, or another takes its place. */
export function streamEvents(response: ServerResponse, query: EventQuery, holder: Holder, { log, seats, snapshot }: EventStreamParts): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.flushHeaders()
  const stop = log.onEvent((event) => {
    const name = nameOf(snapshot())(event)
    if (!matches(query, event, name)) return
    response.write(`${JSON.stringify(shown(event, name))}\n`)
    if (response.writableLength > bufferBytes) response.destroy()
  })
  const leave = seats.take(holder, () => response.destroy())
  response.once('close', () => {
    stop()
    leave()
  })
}
