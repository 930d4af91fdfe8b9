import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** A client that is gone is noticed at the second write to it. */
const heldUpProbeMs = 5000

export interface Holdable {
  /** Takes no more from the client; pings it meanwhile, since what is not read does not tell that its client is gone. */
  holdUp(): void
  release(): void
}

/** A WebSocket over `connection`, whose client is held up while what it sent is not read. */
export function holdable(socket: WebSocket, connection: Duplex): Holdable {
  let probing: NodeJS.Timeout | undefined
  const stop = () => {
    clearInterval(probing)
    probing = undefined
  }
  socket.once('close', stop)
  return {
    holdUp() {
      socket.pause()
      // What waits in the connection already tells whether the client is there.
      probing ??= setInterval(() => connection.writableNeedDrain || socket.ping(), heldUpProbeMs)
    },
    release() {
      stop()
      socket.resume()
    },
  }
}
