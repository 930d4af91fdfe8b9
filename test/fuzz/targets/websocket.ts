import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { clientFrame, rawWebSocket, type ServedStreams, servedStreams } from '../../server/streaming/served-exec.ts'
import { bytes, cut, damaged, integer, oneIn, pick, times } from '../draw.ts'
import { soon } from '../soon.ts'
import type { FuzzTarget } from '../target.ts'

const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
const exec = '/exec/n/p/c?command=x&input=1&output=1'
const mostQueued = 1 << 20

/** A message in one frame or several, controls between them. */
function message(random: Random, payload: Buffer): Buffer[] {
  const pieces = oneIn(random, 2) ? [payload] : cut(random, payload, 900)
  return pieces.flatMap((piece, n) => [
    ...(oneIn(random, 4) ? [clientFrame(opcode.ping, bytes(random, integer(random, 0, 125)))] : []),
    clientFrame(n === 0 ? opcode.binary : opcode.continuation, piece, n === pieces.length - 1),
  ])
}

/** Takes a server's frames apart: the payloads of its binary messages. */
class Messages {
  #rest = Buffer.alloc(0)
  readonly heard: Buffer[] = []

  take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (;;) {
      const short = this.#rest[1]
      if (short === undefined) return
      const extra = short === 126 ? 2 : short === 127 ? 8 : 0
      if (this.#rest.length < 2 + extra) return
      const length = extra === 2 ? this.#rest.readUInt16BE(2) : extra === 8 ? Number(this.#rest.readBigUInt64BE(2)) : short
      if (this.#rest.length < 2 + extra + length) return
      if (((this.#rest[0] ?? 0) & 15) === opcode.binary) this.heard.push(this.#rest.subarray(2 + extra, 2 + extra + length))
      this.#rest = this.#rest.subarray(2 + extra + length)
    }
  }

  /** All that came over a channel. */
  of(channel: number): Buffer {
    return Buffer.concat(this.heard.filter((each) => each[0] === channel).map((each) => each.subarray(1)))
  }
}

/** A client that does as it should gets back what it sent. */
async function obedient(random: Random, port: number): Promise<Socket> {
  const { socket } = await rawWebSocket(port, exec, pick(random, ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io']))
  const messages = new Messages()
  socket.on('data', (chunk: Buffer) => messages.take(chunk))
  const inputs = times(integer(random, 1, 8), () => bytes(random, integer(random, 0, 3000)))
  const frames = inputs.flatMap((input) => [
    ...message(random, Buffer.concat([Buffer.of(0), input])),
    ...(oneIn(random, 3) ? message(random, Buffer.from('\u0004{"Width":80,"Height":24}')) : []),
  ])
  for (const piece of cut(random, Buffer.concat(frames), pick(random, [11, 500, 70_000]))) socket.write(piece)
  const wanted = Buffer.concat(inputs)
  await soon(
    'the echo',
    () => messages.of(1).length >= wanted.length,
    () => `${messages.of(1).length} of ${wanted.length} bytes`,
  )
  assert.ok(messages.of(1).equals(wanted), 'other bytes came back')
  return socket
}

async function unruly(random: Random, { port, sockets }: ServedStreams): Promise<Socket> {
  const [path, protocol] = pick(random, [
    [exec, 'v5.channel.k8s.io'],
    [exec, 'v4.base64.channel.k8s.io'],
    ['/portForward/n/p?port=80&port=81', 'v4.channel.k8s.io'],
    ['/portForward/n/p', 'SPDY/3.1+portforward.k8s.io'],
  ] as const)
  const { socket } = await rawWebSocket(port, path, protocol)
  if (oneIn(random, 2)) socket.resume()
  else socket.pause()
  const frame = (): Buffer => {
    switch (integer(random, 0, 6)) {
      case 0:
        return Buffer.concat(times(integer(random, 1, 2000), () => clientFrame(opcode.ping, Buffer.alloc(integer(random, 0, 125)))))
      case 1:
        return clientFrame(integer(random, 0, 15), bytes(random, integer(random, 0, 130)), oneIn(random, 2))
      case 2:
        return clientFrame(opcode.close, bytes(random, integer(random, 0, 10)))
      case 3:
        return clientFrame(opcode.binary, Buffer.from([pick(random, [0, 1, 2, 3, 4, 5, 255]), ...bytes(random, integer(random, 0, 40))]))
      default:
        return Buffer.concat(message(random, Buffer.concat([Buffer.of(integer(random, 0, 5)), bytes(random, integer(random, 0, 3000))])))
    }
  }
  const whole = Buffer.concat(times(integer(random, 1, 15), frame))
  for (const piece of cut(random, oneIn(random, 3) ? whole : damaged(random, whole), pick(random, [100, 5000, 70_000]))) socket.write(piece)
  await new Promise((resolve) => setImmediate(resolve))
  for (const server of sockets) assert.ok(server.writableLength < mostQueued, `${server.writableLength} bytes wait for a peer that may not read`)
  if (oneIn(random, 3)) socket.end()
  return socket
}

/** exec and port-forward over WebSocket, from the handshake on. */
export const websocket: FuzzTarget = {
  name: 'websocket',
  async open() {
    let begun = 0
    let over = 0
    const served = await servedStreams(() => {
      const echo = new PassThrough()
      let open = true
      begun += 1
      const close = () => {
        over += open ? 1 : 0
        open = false
      }
      return { stdin: echo, stdout: echo, close }
    })
    return {
      async round(random) {
        const socket = await (oneIn(random, 3) ? obedient(random, served.port) : unruly(random, served))
        socket.destroy()
        const stays = () => served.sockets.filter(({ closed }) => !closed).length
        await soon(
          'everything of the connection to end',
          () => stays() === 0 && begun === over,
          () => `${stays()} sockets open, ${begun - over} commands`,
        )
        served.sockets.length = 0
      },
      [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
    }
  },
}
