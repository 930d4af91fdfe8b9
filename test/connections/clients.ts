import { once } from 'node:events'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { waitUntil } from '../support/wait-until.ts'

/** A server on loopback that counts the connections that it has. */
export interface Listening extends AsyncDisposable {
  readonly port: number
  readonly open: ReadonlySet<Socket>
}

export async function listening(server: Server & { closeAllConnections(): void }): Promise<Listening> {
  const open = openOf(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    open,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The connections that a server has now. */
export function openOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

/** A connection over which `text` is sent; what comes back is not read until somebody listens. */
export async function saying(port: number, text: string | Buffer = ''): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  await once(socket, 'connect')
  if (text.length > 0) socket.write(text)
  return socket
}

/** All that comes over a connection until it is closed. */
export async function heardOn(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  // Not `once`, which rejects for the reset that some are closed by.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return text
}

export const untilNone = ({ open }: Listening) => waitUntil('no connection to be left', () => open.size === 0, { seen: () => open.size })
