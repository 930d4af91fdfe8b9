import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Clock, Timer } from '../../base/clock.ts'
import { type SpdyStream, spdySession } from '../spdy/session.ts'
import { holdable } from './holdable.ts'
import { join } from './join.ts'

/** Connects to a port of the pod that is forwarded to. */
export type Dial = (port: number, signal: AbortSignal) => Promise<Duplex>

export const spdyPortForwardProtocol = 'portforward.k8s.io'
/** kubectl's own way since 1.31: the SPDY connection inside of a WebSocket's messages. */
export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'
/** One pair of channels for each port, all within one WebSocket. */
export const websocketPortForwardProtocol = 'v4.channel.k8s.io'

/** kubelet 1.32: how long one stream of a pair waits for the other. */
const pairTimeoutMs = 30_000

interface Pair {
  data?: SpdyStream
  error?: SpdyStream
  readonly timer: Timer
}

/** Forwards each connection that the client makes: a pair of streams, one for the data, one for what went wrong. Ends with the connection. */
export async function forwardOverSpdy(socket: Duplex, dial: Dial, clock: Clock): Promise<void> {
  const pairs = new Map<string, Pair>()
  const gone = new AbortController()
  const session = spdySession(socket, (stream) => {
    const type = stream.header('streamtype')
    const port = Number(stream.header('port'))
    if ((type !== 'data' && type !== 'error') || !Number.isInteger(port) || port < 1 || port > 65535) return stream.refuse()
    // Clients from before request ids open the error stream first, the data stream next.
    const id = stream.header('requestid') ?? String(type === 'error' ? stream.id : stream.id - 2)
    const pair = pairs.get(id) ?? { timer: clock.setTimer(pairTimeoutMs, () => abandon(id)) }
    if (pair[type]) return stream.refuse()
    pair[type] = stream
    pairs.set(id, pair)
    stream.accept()
    stream.once('close', () => {
      if (pairs.get(id) === pair) abandon(id)
    })
    if (!pair.data || !pair.error) return
    pair.timer.cancel()
    pairs.delete(id)
    void forward(pair.data, pair.error, () => dial(port, gone.signal), port)
  })
  const abandon = (id: string) => {
    const pair = pairs.get(id)
    pairs.delete(id)
    pair?.timer.cancel()
    pair?.data?.destroy()
    pair?.error?.destroy()
  }
  await session.closed
  gone.abort(new Error('the client is gone'))
  for (const { timer } of pairs.values()) timer.cancel()
}

async function forward(data: Duplex, error: SpdyStream, dial: () => Promise<Duplex>, port: number): Promise<void> {
  error.resume()
  try {
    await join(data, await dial())
    error.end()
  } catch (cause) {
    error.end(`error forwarding port ${port}: ${cause instanceof Error ? cause.message : String(cause)}`)
    data.destroy()
  }
}

/** A channel's number is a byte, and each port has two. */
export const mostPorts = 128

/** `?port=80&port=443` over channels: data of the n-th port on channel 2n, errors on 2n+1; each begins with the port's number. */
export async function forwardOverWebSocket(socket: WebSocket, connection: Duplex, ports: readonly number[], dial: Dial): Promise<void> {
  const gone = new AbortController()
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  const client = holdable(socket, connection)
  const inputs = new Map<number, Duplex>()
  // One port that is read must not let in more for another that is not.
  const release = () => {
    if ([...inputs.values()].every((each) => each.destroyed || each.readableLength < each.readableHighWaterMark)) client.release()
  }
  for (const [index, port] of ports.entries()) {
    const send = (channel: number, data: Uint8Array, done?: (error?: Error) => void) =>
      socket.send(Buffer.concat([Buffer.of(channel), data]), { binary: true }, (error) => done?.(error ?? undefined))
    const number = Buffer.alloc(2)
    number.writeUInt16LE(port)
    send(2 * index, number)
    send(2 * index + 1, number)
    const data = new Duplex({
      read: release,
      write: (chunk: Buffer, _, done) => send(2 * index, chunk, done),
    })
    data.on('error', () => {})
    // Nobody reads it any more: the other ports' connections go on.
    data.once('close', release)
    inputs.set(2 * index, data)
    void dial(port, gone.signal)
      .then((target) => join(data, target))
      .catch((cause: unknown) => send(2 * index + 1, Buffer.from(`error forwarding port ${port}: ${cause instanceof Error ? cause.message : String(cause)}`)))
  }
  socket.on('message', (raw: Buffer) => {
    const input = inputs.get(raw[0] ?? -1)
    if (input && !input.destroyed && raw.length > 1 && !input.push(raw.subarray(1))) client.holdUp()
  })
  await closed
  gone.abort(new Error('the client is gone'))
  for (const input of inputs.values()) input.destroy()
}
