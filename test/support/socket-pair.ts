import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** The two ends of one TCP connection on loopback: a client's, and a server's that may go on when the client has ended, as an HTTP server's do. */
export async function socketPair(): Promise<readonly [Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const one = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  const [other] = (await accepted) as [Socket]
  server.close()
  for (const socket of [one, other]) socket.on('error', () => {})
  return [one, other]
}
