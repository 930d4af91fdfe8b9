import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { EventLog } from '../../src/cadvisor/event-log.ts'
import { Seats } from '../../src/cadvisor/live/seats.ts'
import { streamEvents } from '../../src/cadvisor/rest/event-stream.ts'
import { eventQuery } from '../../src/cadvisor/rest/events.ts'
import { listening, saying, untilNone } from '../connections/clients.ts'
import { waitUntil } from '../support/wait-until.ts'
import { snapshot } from './fixture.ts'

const holder = { address: 'a', own: false }
const query = eventQuery('/', new URLSearchParams('all_events=true&subcontainers=true&stream=true'))

async function streams(most: number) {
  const log = new EventLog()
  const seats = new Seats(most)
  const responses: ServerResponse[] = []
  const served = await listening(
    createServer((_, response) => {
      responses.push(response)
      streamEvents(response, query, holder, { log, seats, snapshot: () => snapshot(0, []) })
    }),
  )
  const happen = (id: string) => {
    const status = (state: 'running' | 'waiting') => ({ uid: 'u', containers: [{ name: 'c', id, state }] }) as never
    log.observe(status('waiting'), status('running'), 0)
  }
  return Object.assign(served, { responses, happen })
}

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

test('a stream of events whose client does not read holds a megabyte, then is ended', async () => {
  await using served = await streams(8)
  const client = await saying(served.port, get)
  client.pause()
  const response = await waitUntil('the stream', () => served.responses[0])
  let waiting = 0
  const id = 'x'.repeat(100_000)
  for (let event = 0; event < 2000 && !response.destroyed; event += 1) {
    served.happen(id)
    waiting = Math.max(waiting, response.writableLength)
  }
  assert.ok(response.destroyed)
  assert.ok(waiting < 1.2 * 2 ** 20, `${waiting} bytes waited`)
  await untilNone(served)
  client.destroy()
})

test('streams of events are so many at once, and the newest gets in', async () => {
  await using served = await streams(3)
  const clients = await Promise.all(Array.from({ length: 10 }, () => saying(served.port, get)))
  await waitUntil('all to have asked', () => served.responses.length === 10)
  await waitUntil('the bound', () => served.open.size === 3)
  assert.deepEqual(
    served.responses.map(({ destroyed }) => destroyed),
    [...Array.from({ length: 7 }, () => true), false, false, false],
  )
  for (const client of clients) client.destroy()
})
