import { once } from 'node:events'
import { connect as connectInClear, type Socket } from 'node:net'
import { connect } from 'node:tls'
import type { Caller, Door } from './stage.ts'

export interface Heard {
  /** Of the last answer that is not provisional; 0 when the door closed without one. */
  readonly status: number
  readonly text: string
}

/** Nobody waits longer for the first line of an answer. */
const answerWithinMs = 10_000
/** What has not ended so long after its head is a stream, of which the head is enough. */
const bodyWithinMs = 100

/** Sends the bytes over a connection of its own and hears what comes. Rejects when a whole request gets no answer. */
export async function send(door: Door, caller: Caller, pieces: readonly Buffer[], mustAnswer: boolean): Promise<Heard> {
  const socket = await connected(door, caller)
  if (!socket) return { status: 0, text: '' }
  const heard: Buffer[] = []
  const text = () => Buffer.concat(heard).toString('latin1')
  const head = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    heard.push(chunk)
    if (statusOf(text()) > 0) head.resolve()
  })
  socket.once('close', () => {
    head.resolve()
    end.resolve()
  })
  try {
    for (const piece of pieces) if (socket.writable) socket.write(piece)
    await within(mustAnswer ? answerWithinMs : bodyWithinMs, head.promise)
    await within(bodyWithinMs, end.promise)
    const status = statusOf(text())
    if (status === 0 && mustAnswer && !socket.destroyed && !socket.readableEnded) throw new Error(`no answer within ${answerWithinMs / 1000} s`)
    return { status, text: text() }
  } finally {
    socket.destroy()
  }
}

async function connected({ port, tls }: Door, { identity }: Caller): Promise<Socket | undefined> {
  const at = { host: '127.0.0.1', port }
  const socket = tls ? connect({ ...at, rejectUnauthorized: false, ...(identity && { cert: identity.certPem, key: identity.keyPem }) }) : connectInClear(at)
  try {
    await once(socket, tls ? 'secureConnect' : 'connect')
    return socket
  } catch {
    // Too many connections, which is for the door to say.
    socket.destroy()
    return undefined
  }
}

function statusOf(text: string): number {
  let rest = text
  for (;;) {
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(rest)?.[1] ?? 0)
    // A provisional answer is followed by another.
    if (status < 100 || status === 101 || status >= 200) return status
    rest = rest.slice(rest.indexOf('\r\n\r\n') + 4)
  }
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([promise, over])
  clearTimeout(timer)
}
