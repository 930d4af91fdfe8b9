import type { Duplex } from 'node:stream'

/** How long a peer has to take the last words and to end its side. */
const lingerMs = 2000

/**
 * Ends a connection in bounded time. What the peer still sends is read and dropped for a moment: closing a socket with unread bytes would reset it,
 * and the peer would not get what was written last.
 */
export function endSoon(socket: Duplex, afterMs = lingerMs): void {
  if (socket.destroyed) return
  const timer = setTimeout(() => socket.destroy(), afterMs)
  const over = () => {
    if (socket.readableEnded && socket.writableFinished) socket.destroy()
  }
  socket.once('close', () => clearTimeout(timer))
  socket.once('end', over)
  socket.once('finish', over)
  socket.on('error', () => {})
  if (!socket.writableEnded) socket.end()
  socket.resume()
  over()
}
