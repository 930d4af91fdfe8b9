import type { ServerResponse } from 'node:http'
import type { NodeSnapshot } from '../../metrics/snapshot.ts'
import type { EventLog } from '../event-log.ts'
import { type EventQuery, matches, nameOf, shown } from './events.ts'

/** Bytes that may wait for a slow client before it is dropped. */
const bufferBytes = 1 << 20

/** cAdvisor's `events?stream=true`: a JSON object a line, as events come, until the client goes. */
export function streamEvents(response: ServerResponse, query: EventQuery, log: EventLog, snapshot: () => NodeSnapshot): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.flushHeaders()
  const stop = log.onEvent((event) => {
    const name = nameOf(snapshot())(event)
    if (!matches(query, event, name)) return
    response.write(`${JSON.stringify(shown(event, name))}\n`)
    if (response.writableLength > bufferBytes) response.destroy()
  })
  response.once('close', stop)
}
