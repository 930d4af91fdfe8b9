import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type Duplex, PassThrough } from 'node:stream'
import { systemClock } from '../../../src/base/clock.ts'
import type { ContainerEngine, StreamSession } from '../../../src/engine/engine.ts'
import { readNodeRequest, understood } from '../../../src/server/node-request.ts'
import { serveUpgrade } from '../../../src/server/streaming/upgrades.ts'

/** What the test's server of `/exec` and `/portForward` in clear does: the pod is `n/p`, its container `c`. */
export interface ServedStreams extends AsyncDisposable {
  readonly port: number
  /** The server's ends, in the order in which they came. */
  readonly sockets: Socket[]
}

/** A command that says what is written into `stdout` and reads its input, or not. */
export interface Command {
  readonly stdin?: PassThrough
  readonly stdout?: PassThrough
  close?(): void
}

export interface ServedOptions {
  readonly idleTimeoutMs?: number
  /** What listens in the pod; by default it says back what it hears. */
  dial?(port: number): Duplex
}

export async function servedStreams(command: () => Command, { idleTimeoutMs = 0, dial = () => new PassThrough() }: ServedOptions = {}): Promise<ServedStreams> {
  const session = (): StreamSession => {
    const { stdin, stdout = new PassThrough(), close } = command()
    return { stdin, stdout, stderr: undefined, exit: new Promise<number>(() => {}), resize: async () => {}, close: async () => close?.() }
  }
  const engine = {
    podState: async () => ({ sandboxes: [{ ready: true }], containers: [{ name: 'c', state: 'running', id: 'id' }] }),
    execStream: async () => session(),
  } as unknown as ContainerEngine
  const pods = () => [{ metadata: { name: 'p', namespace: 'n', uid: 'u' } }]
  const sockets: Socket[] = []
  const server = createServer()
  server.on('upgrade', (request, socket: Socket, head) => {
    sockets.push(socket)
    socket.on('error', () => {})
    const asked = understood(readNodeRequest(request))
    void serveUpgrade(
      { request, asked, take: () => socket, head },
      { engine, pods, clock: systemClock, idleTimeoutMs, dial: async (_, port) => dial(port) },
    ).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A client's connection after its WebSocket handshake: what it writes are frames. */
export async function rawWebSocket(port: number, path: string, protocol: string, key = 'dGhlIHNhbXBsZSBub25jZQ=='): Promise<{ socket: Socket; head: string }> {
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: node',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const [head] = await once(socket, 'data')
  return { socket, head: String(head) }
}

/** A masked frame, its mask all zeros. */
export function clientFrame(opcode: number, payload: Uint8Array, fin = true): Buffer {
  const { length } = payload
  const size = length < 126 ? Buffer.of(0x80 | length) : length < 1 << 16 ? Buffer.of(0xfe, length >>> 8, length & 0xff) : Buffer.alloc(9)
  if (length >= 1 << 16) {
    size[0] = 0xff
    size.writeBigUInt64BE(BigInt(length), 1)
  }
  return Buffer.concat([Buffer.of((fin ? 0x80 : 0) | opcode), size, Buffer.alloc(4), payload])
}
