import type { Duplex } from 'node:stream'

/** How long a peer has to take what was written, milliseconds; a slow one that is to get a whole stream's rest is given more. */
const takeMs = 5000
/** How long it has then to end its side. */
const lingerMs = 2000

/**
 * Ends a connection in bounded time, once its peer has taken what was written. What the peer still sends is read and dropped meanwhile: closing a socket with
 * unread bytes would reset it, and the peer would not get the last words.
 */
export function endSoon(socket: Duplex, patienceMs = takeMs): void {
  if (socket.destroyed) return
  const destroy = () => void socket.destroy()
  let timer = setTimeout(destroy, patienceMs)
  const finished = () => {
    clearTimeout(timer)
    if (socket.readableEnded) destroy()
    else timer = setTimeout(destroy, lingerMs)
  }
  socket.once('close', () => clearTimeout(timer))
  socket.once('end', () => {
    if (socket.writableFinished) destroy()
  })
  socket.on('error', () => {})
  if (!socket.writableEnded) socket.end()
  if (socket.writableFinished) finished()
  else socket.once('finish', finished)
  socket.resume()
}
