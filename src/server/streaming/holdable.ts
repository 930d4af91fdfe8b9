import type { WebSocket } from 'ws'

/** A client that is gone is noticed at the second write to it. */
const heldUpProbeMs = 5000

export interface Holdable {
  /** Takes no more from the client; pings it meanwhile, since what is not read does not tell that its client is gone. */
  holdUp(): void
  release(): void
}

/** A WebSocket whose client is held up while what it sent is not read. */
export function holdable(socket: WebSocket): Holdable {
  let probing: NodeJS.Timeout | undefined
  const stop = () => {
    clearInterval(probing)
    probing = undefined
  }
  socket.once('close', stop)
  return {
    holdUp() {
      socket.pause()
      probing ??= setInterval(() => socket.ping(), heldUpProbeMs)
    },
    release() {
      stop()
      socket.resume()
    },
  }
}
