import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { sendChannel } from '../../../src/server/streaming/send-channel.ts'

test('output of any size is one message of its channel, among those that ws sends itself', async (t) => {
  const server = createServer()
  const websockets = new WebSocketServer({ noServer: true })
  const upgraded = Promise.withResolvers<[WebSocket, Duplex]>()
  server.on('upgrade', (request, socket, head) => websockets.handleUpgrade(request, socket, head, (accepted) => upgraded.resolve([accepted, socket])))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())

  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const messages: Buffer[] = []
  client.on('message', (message: Buffer) => messages.push(message))
  const [socket, connection] = await upgraded.promise
  // Where the length in a frame's header changes its form, the channel's byte counted.
  const outputs = [0, 1, 124, 125, 126, 65_534, 65_535, 65_536, 300_000].map((size) => [randomBytes(size), randomBytes(7)])
  for (const [n, parts] of outputs.entries()) {
    sendChannel(connection, n, parts, () => {})
    socket.send(Buffer.of(200, n))
    socket.ping()
  }
  socket.close(1000)
  await once(client, 'close')
  assert.deepEqual(
    messages,
    outputs.flatMap((parts, n) => [Buffer.concat([Buffer.of(n), ...parts]), Buffer.of(200, n)]),
  )
  const [error] = await new Promise<unknown[]>((resolve) => sendChannel(connection, 1, [Buffer.of(1)], (...told) => resolve(told)))
  assert.match(String(error), /the connection has ended/)
})
