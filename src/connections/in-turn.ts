import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

type Serve = (request: IncomingMessage, response: ServerResponse) => void

/** Requests of one connection that may wait for those before them. */
const mostWaiting = 100

/**
 * Serves the requests of a connection one after the other, as Go's server does. Node would serve all that a client has sent without waiting for an answer at
 * once, and hold the answers of a client that does not read: a thousand lists for a packet of requests. A connection with too many is ended.
 */
export function inTurn(serve: Serve): Serve {
  const lines = new WeakMap<Duplex, (() => void)[]>()
  return (request, response) => {
    const { socket } = request
    // One stream piped into it has more than half of the ten that Node takes for no leak.
    response.setMaxListeners(20)
    const start = () => {
      response.once('close', () => {
        const line = lines.get(socket)
        const next = socket.destroyed ? undefined : line?.shift()
        if (next) next()
        else lines.delete(socket)
      })
      serve(request, response)
    }
    const line = lines.get(socket)
    if (!line) {
      lines.set(socket, [])
      start()
    } else if (line.length < mostWaiting) line.push(start)
    else socket.destroy()
  }
}
