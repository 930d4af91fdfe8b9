import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { drained } from './drained.ts'

/**
 * Answers with a text that is made piece by piece, one in a turn of the event loop, so that others are served in between; the next when the client has taken
 * what was written. One of a single piece is sent with its length. A client that goes is no error; then no more is made.
 */
export async function sendPieces(
  response: ServerResponse,
  code: number,
  headers: Readonly<Record<string, string>>,
  pieces: Iterator<string, void>,
): Promise<void> {
  const gone = () => response.destroyed || response.writableEnded
  if (gone()) return
  const first = pieces.next()
  let next = pieces.next()
  const text = first.value ?? ''
  if (next.done) {
    response.writeHead(code, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text)
    return
  }
  response.writeHead(code, headers).write(text)
  for (; !next.done; next = pieces.next()) {
    await drained(response)
    await setImmediate()
    if (gone()) return
    response.write(next.value)
  }
  response.end()
}
