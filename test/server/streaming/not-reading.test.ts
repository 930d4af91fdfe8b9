import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { waitUntil, waitUntilStill } from '../../support/wait-until.ts'
import { type Command, clientFrame, rawWebSocket, type ServedStreams, servedStreams } from './served-exec.ts'

const exec = '/exec/n/p/c?command=x&output=1&input=1'
const ping = 9
/** More than the kernel holds between two ends. */
const flood = 48 << 20

/** Writes so much as fast as it is taken, and stops when it is not taken any more; answers what the server's end held at most, and what was taken. */
async function flooded(client: Socket, server: Socket, frame: Buffer): Promise<{ queued: number; taken: number }> {
  let taken = 0
  let queued = 0
  const write = () => {
    queued = Math.max(queued, server.writableLength)
    while (taken < flood) {
      taken += frame.length
      if (!client.write(frame)) return void client.once('drain', write)
    }
  }
  write()
  await waitUntilStill('the flood to end', () => taken + server.bytesRead + server.bytesWritten)
  return { queued: Math.max(queued, server.writableLength), taken }
}

const firstOf = ({ sockets }: ServedStreams) => waitUntil('its server’s end', () => sockets[0])

test('pings of a WebSocket client that does not read are not answered one by one', async () => {
  await using served = await servedStreams(() => ({}))
  const { socket } = await rawWebSocket(served.port, exec, 'v5.channel.k8s.io')
  socket.pause()
  const many = Buffer.concat(Array.from({ length: 500 }, () => clientFrame(ping, Buffer.alloc(120, 'p'))))
  const { queued } = await flooded(socket, await firstOf(served), many)
  assert.ok(queued < 256 << 10, `${queued} bytes waited for a peer that does not read`)
  // It is answered again when it reads, and the newest ping last.
  socket.write(clientFrame(ping, Buffer.from('the last')))
  let tail = ''
  socket.on('data', (chunk: Buffer) => {
    tail = `${tail}${chunk.toString('latin1')}`.slice(-20)
  })
  socket.resume()
  await waitUntil('the answer to the last ping', () => tail.endsWith('the last'))
  socket.destroy()
})

test('what a command says waits in the command while a WebSocket client does not read', async () => {
  const stdout = new PassThrough()
  await using served = await servedStreams((): Command => ({ stdout }))
  const { socket } = await rawWebSocket(served.port, exec, 'v5.channel.k8s.io')
  socket.pause()
  let said = 0
  const say = () => {
    while (said < flood) {
      said += 32 << 10
      if (!stdout.write(Buffer.alloc(32 << 10))) return void stdout.once('drain', say)
    }
  }
  say()
  await waitUntilStill('the command to be held up', () => said)
  assert.ok(said < flood, 'it was held up')
  assert.ok((await firstOf(served)).writableLength < 256 << 10)
  socket.destroy()
})

test('input that a command does not read waits at the client', async () => {
  await using served = await servedStreams((): Command => ({ stdin: new PassThrough() }))
  const { socket } = await rawWebSocket(served.port, exec, 'v5.channel.k8s.io')
  const { taken } = await flooded(socket, await firstOf(served), clientFrame(2, Buffer.alloc(32 << 10)))
  assert.ok(taken < flood, `${taken} bytes were taken`)
  socket.destroy()
})

test('pings within a tunnelled SPDY connection whose client does not read are not taken any more', async () => {
  await using served = await servedStreams(() => ({}))
  const { socket } = await rawWebSocket(served.port, '/portForward/n/p', 'SPDY/3.1+portforward.k8s.io')
  socket.pause()
  const spdyPings = Buffer.concat(Array.from({ length: 5000 }, () => Buffer.from('800300060000000400000001', 'hex')))
  const { queued, taken } = await flooded(socket, await firstOf(served), clientFrame(2, spdyPings))
  assert.ok(queued < 256 << 10, `${queued} bytes waited for a peer that does not read`)
  assert.ok(taken < flood, `${taken} bytes were taken`)
  socket.destroy()
})

test('a WebSocket client that ends without having read is gone soon', async () => {
  const stdout = new PassThrough()
  await using served = await servedStreams((): Command => ({ stdout }))
  const { socket } = await rawWebSocket(served.port, exec, 'v5.channel.k8s.io')
  socket.pause()
  for (let n = 0; n < 1500; n += 1) stdout.write(Buffer.alloc(32 << 10))
  const server = await firstOf(served)
  await waitUntilStill('the command to be held up', () => stdout.readableLength)
  socket.end()
  if (!server.closed) await once(server, 'close')
  socket.destroy()
})

test('a port that is read lets in no more for another that is not', async () => {
  const targets: PassThrough[] = []
  await using served = await servedStreams(() => ({}), {
    dial: (port) => targets[port === 80 ? targets.push(stuck()) - 1 : targets.push(new PassThrough()) - 1] as PassThrough,
  })
  const { socket } = await rawWebSocket(served.port, '/portForward/n/p?port=80&port=81', 'v4.channel.k8s.io')
  socket.resume()
  await waitUntil('both connections', () => targets.length === 2)
  const both = Buffer.concat([clientFrame(2, Buffer.concat([Buffer.of(0), Buffer.alloc(32 << 10)])), clientFrame(2, Buffer.of(2, 1))])
  const { taken } = await flooded(socket, await firstOf(served), both)
  assert.ok(taken < flood, `${taken} bytes were taken`)
  socket.destroy()
})

/** Takes nothing. */
const stuck = () => new PassThrough({ transform() {} })
