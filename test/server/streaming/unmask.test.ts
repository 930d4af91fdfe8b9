import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { WebSocket, WebSocketServer } from 'ws'
import { Unmasker } from '../../../src/server/streaming/unmask.ts'

const lengths = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_001))
const frames = fc.array(fc.record({ length: lengths, mask: fc.uint8Array({ minLength: 4, maxLength: 4 }), masked: fc.boolean() }), { maxLength: 6 })

/** A frame as RFC 6455 has it, its payload counting up. */
function frame(length: number, mask: Uint8Array, masked: boolean): Buffer {
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255]
  const [first = 0, ...more] = size
  const payload = Buffer.from(Array.from({ length }, (_, at) => (at & 255) ^ (masked ? (mask[at & 3] ?? 0) : 0)))
  return Buffer.concat([Buffer.from([0x82, first | (masked ? 0x80 : 0), ...more]), masked ? mask : Buffer.alloc(0), payload])
}

test('every frame has its mask taken off, however the connection cuts it and wherever it lies in memory', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(frames, cuts, fc.integer({ min: 0, max: 7 }), (sent, sizes, offset) => {
      const zeros = new Uint8Array(4)
      const bytes = Buffer.concat(sent.map(({ length, mask, masked }) => frame(length, mask, masked)))
      const wanted = Buffer.concat(sent.map(({ length, masked }) => frame(length, zeros, masked)))
      const lying = Buffer.from(new ArrayBuffer(bytes.length + offset), offset)
      bytes.copy(lying)
      const unmasker = new Unmasker()
      for (let at = 0, n = 0; at < lying.length; n += 1) {
        const size = sizes[n % sizes.length] ?? 1
        unmasker.take(lying.subarray(at, at + size))
        at += size
      }
      assert.ok(lying.equals(wanted))
    }),
    { numRuns: 200 },
  )
})

test('ws hears what a client sent whose frames were unmasked before', async () => {
  const server = createServer()
  const websockets = new WebSocketServer({ noServer: true })
  const heard: Buffer[] = []
  server.on('upgrade', (request, socket, head) => {
    const unmasker = new Unmasker()
    socket.on('data', (chunk: Buffer) => unmasker.take(chunk))
    websockets.handleUpgrade(request, socket, head, (client) => {
      client.on('message', (data: Buffer) => heard.push(data))
      client.once('close', () => server.close())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await once(client, 'open')
  const sent = [0, 1, 5, 125, 126, 5000, 70_000, 300_001].map((size) => randomBytes(size))
  for (const data of sent) client.send(data)
  client.close()
  await once(server, 'close')
  assert.deepEqual(heard, sent)
})
