import { type Duplex, Readable, Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import type { StreamOptions } from '../../engine/engine.ts'
import { holdable } from './holdable.ts'
import type { RemoteStreams, TerminalSize } from './remote-command.ts'
import { sendChannel } from './send-channel.ts'
import { parseSize } from './spdy-command.ts'

/** Newest first. v5 adds that a channel can be closed, which ends the input. */
export const websocketCommandProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
]

/** The first byte of a message says whose it is. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/** A command's streams over one WebSocket, which speaks over `connection`. */
export function websocketCommandStreams(socket: WebSocket, protocol: string, connection: Duplex, options: Omit<StreamOptions, 'signal'>): RemoteStreams {
  const base64 = protocol.includes('base64')
  const gone = new AbortController()
  const client = holdable(socket, connection)
  const stdin = options.stdin ? new Readable({ read: () => client.release() }) : undefined
  stdin?.on('error', () => {})
  // Nobody reads it any more: the client's other messages, and its end, must be seen.
  stdin?.once('close', () => client.release())
  let open = options.stdin
  let onSize: ((size: TerminalSize) => void) | undefined
  // The first comes before the process is there.
  let lastSize: TerminalSize | undefined

  const send = (to: number, data: Uint8Array, done?: (error?: Error) => void) => {
    const message = base64 ? `${String.fromCharCode(48 + to)}${Buffer.from(data).toString('base64')}` : Buffer.concat([Buffer.of(to), data])
    socket.send(message, { binary: !base64 }, (error) => done?.(error ?? undefined))
  }
  const output = (to: number) =>
    base64
      ? new Writable({ write: (chunk: Buffer, _, done) => send(to, chunk, done) })
      : new Writable({
          write: (chunk: Buffer, _, done) => sendChannel(connection, to, [chunk], done),
          writev: (chunks: { chunk: Buffer }[], done) =>
            sendChannel(
              connection,
              to,
              chunks.map(({ chunk }) => chunk),
              done,
            ),
        })
  socket.on('message', (raw: Buffer) => {
    if (raw.length === 0) return
    const to = base64 ? (raw[0] ?? 0) - 48 : raw[0]
    const data = base64 ? Buffer.from(raw.toString('latin1', 1), 'base64') : raw.subarray(1)
    if (to === channel.stdin && stdin && open && !stdin.destroyed) {
      if (data.length > 0 && !stdin.push(data)) client.holdUp()
    } else if (to === channel.resize) {
      const size = parseSize(data.toString())
      lastSize = size ?? lastSize
      if (size) onSize?.(size)
    } else if (to === channel.close && data[0] === channel.stdin && open) {
      open = false
      stdin?.push(null)
    }
  })
  socket.once('close', () => {
    stdin?.destroy()
    gone.abort(new Error('the client is gone'))
  })
  socket.on('error', () => {})
  const stdout = options.stdout ? output(channel.stdout) : undefined
  const stderr = options.stderr ? output(channel.stderr) : undefined
  // An empty message tells the client that the streams stand.
  send(stdout ? channel.stdout : stderr ? channel.stderr : channel.error, Buffer.alloc(0))
  return {
    stdin,
    stdout,
    stderr,
    onResize(listener) {
      onSize = listener
      if (lastSize) listener(lastSize)
    },
    async finish(status) {
      // What they hold still would come after the status, or never.
      await Promise.all([stdout, stderr].map((output) => output && new Promise<void>((resolve) => output.end(() => resolve()))))
      const structured = /^v[45]\./.test(protocol)
      const text = structured ? JSON.stringify(status) : status.status === 'Failure' ? status.message : ''
      await new Promise<void>((resolve) => (text === '' ? resolve() : send(channel.error, Buffer.from(text), () => resolve())))
      socket.close(1000)
    },
    gone: gone.signal,
  }
}
