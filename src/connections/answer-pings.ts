import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { drained } from './drained.ts'

/**
 * Answers a WebSocket's pings in the place of `ws`, which would queue a pong for each though its peer reads none. While what was written waits in the
 * connection, only the newest ping is kept for an answer (RFC 6455, 5.5.3).
 */
export function answerPings(socket: WebSocket, connection: Duplex): void {
  let newest: Buffer | undefined
  const answer = async () => {
    await drained(connection)
    const data = newest
    newest = undefined
    if (data && socket.readyState === socket.OPEN) socket.pong(data)
  }
  socket.on('ping', (data: Buffer) => {
    if (newest) newest = data
    else if (connection.writableNeedDrain) {
      newest = data
      void answer()
    } else socket.pong(data)
  })
}
