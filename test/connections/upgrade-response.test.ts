import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { asksForUpgrade, UpgradeResponse } from '../../src/connections/upgrade-response.ts'
import { waitUntil } from '../support/wait-until.ts'
import { heardOn, listening, saying, untilNone } from './clients.ts'

const asking = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

/** Every request that asks for an upgrade goes to `serve`. */
async function serving(serve: (response: UpgradeResponse, request: IncomingMessage) => void) {
  const server = createServer({ shouldUpgradeCallback: asksForUpgrade }, (_, response: ServerResponse) => void response.end('plain'))
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => serve(new UpgradeResponse(request, socket), request))
  return listening(server)
}

test('a refusal is an answer like any other, and the connection ends though its client goes on sending', async () => {
  await using served = await serving((response) => void response.writeHead(403, { 'content-type': 'text/plain' }).end('no'))
  const client = await saying(served.port, asking)
  const more = setInterval(() => client.write(Buffer.alloc(10_000)), 20)
  const text = await heardOn(client)
  clearInterval(more)
  assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n/)
  assert.match(text, /connection: close\r\n/i)
  assert.match(text, /\r\nno\r\n/)
  await untilNone(served)
})

test('a client that reads nothing and sends without end is ended too', async () => {
  await using served = await serving((response) => void response.writeHead(403).end('no'))
  const client = await saying(served.port, asking)
  client.pause()
  const more = setInterval(() => client.write(Buffer.alloc(100_000)), 20)
  await untilNone(served)
  clearInterval(more)
  client.destroy()
})

test('an answer larger than any buffer comes whole', async () => {
  await using served = await serving(async (response) => {
    response.writeHead(200)
    for (let part = 0; part < 100; part += 1) if (!response.write('x'.repeat(100_000))) await once(response, 'drain')
    response.end('end')
  })
  const text = await heardOn(await saying(served.port, asking))
  assert.match(text.slice(-20), /end\r\n0\r\n\r\n$/)
  assert.ok(text.length > 10_000_000)
})

test('an answer that goes on for ever ends when its client goes', async () => {
  const closed = Promise.withResolvers<void>()
  await using served = await serving((response) => {
    response.once('close', closed.resolve)
    response.writeHead(200)
    response.write('first')
  })
  const client = await saying(served.port, asking)
  await once(client, 'data')
  client.end()
  await closed.promise
  await untilNone(served)
})

test('who takes the connection owns it; nothing is answered any more, and its end is told', async () => {
  let response: UpgradeResponse | undefined
  const closed = Promise.withResolvers<void>()
  await using served = await serving((each) => {
    response = each
    each.once('close', closed.resolve)
    each.take().write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
  })
  const client = await saying(served.port, asking)
  const [head] = await once(client, 'data')
  assert.match(String(head), /^HTTP\/1\.1 101 /)
  assert.equal(response?.taken, true)
  response?.destroy()
  await closed.promise
  await untilNone(served)
})

test('another wish than WebSocket and SPDY is passed over', async () => {
  await using served = await serving(() => assert.fail('no upgrade was asked for'))
  const client = await saying(
    served.port,
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n',
  )
  assert.match(await heardOn(client), /plain/)
  await waitUntil('its end', () => served.open.size === 0)
})
