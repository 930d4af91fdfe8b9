import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { ServingError } from '../serving-error.ts'
import { join } from './join.ts'
import { openUpstream, UpgradeRefused } from './upstream.ts'

/** What of a client's request the streaming server must hear, to agree with it on a protocol. */
const passedOn = ['x-stream-protocol-version'] as const
/** And what of its answer the client. */
const passedBack = ['x-stream-protocol-version'] as const

/**
 * Joins a client's SPDY connection with one to the engine's own streaming server, which is asked for by `url`: what goes over them is not looked at. Ends with either. Throws `ServingError`
 * before anything is agreed on.
 */
export async function relaySpdy(
  request: IncomingMessage,
  url: string,
  accept: () => { readonly connection: Duplex; readonly head: Buffer },
  opened: (connection: Duplex) => void,
): Promise<void> {
  const given = Object.fromEntries(passedOn.map((name) => [name, request.headers[name]] as const).filter(([, value]) => value !== undefined))
  const upstream = await openUpstream(url, { upgrade: 'SPDY/3.1', 'content-length': 0, ...given }).catch((error: unknown) => {
    if (error instanceof UpgradeRefused) throw new ServingError(error.status ?? 500, error.message)
    throw error
  })
  const { connection, head } = accept()
  const agreed = passedBack.flatMap((name) => (upstream.headers[name] === undefined ? [] : [`${name}: ${upstream.headers[name]}\r\n`]))
  connection.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${agreed.join('')}\r\n`)
  if (head.length > 0) connection.unshift(head)
  opened(connection)
  await join(connection, upstream.socket)
}
