import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { TurnCork } from '../../../base/turn-cork.ts'
import { endSoon } from '../../../connections/end-soon.ts'
import type { UpgradedConnection } from '../http/request.ts'

/** What the node answered to a request that asks for an upgrade: it agreed, or not. */
export type UpgradeAnswer =
  | { readonly agreed: true; readonly answer: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }
  | { readonly agreed: false; readonly answer: IncomingMessage }

/** How long the client has to take what is left when the node is gone, and the node when the client is: a process may never read it. Milliseconds. */
const restMs = { client: 30_000, node: 10_000 } as const

/** Hands on the node's agreement and then every byte, both ways, no faster than either side reads. Resolves when both have ended. */
export async function tunnel(upgrade: UpgradedConnection, { answer, socket, head }: Extract<UpgradeAnswer, { agreed: true }>): Promise<void> {
  const client = upgrade.take()
  if (client.destroyed) return void socket.destroy()
  const { rawHeaders } = answer
  const lines = [`HTTP/1.1 101 ${answer.statusMessage ?? 'Switching Protocols'}`]
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
  client.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (head.length > 0) client.write(head)
  if (upgrade.head.length > 0) socket.write(upgrade.head)
  const ended = [client, socket].map((each) => new Promise<void>((resolve) => each.once('close', () => resolve())))
  for (const [from, to] of [
    [client, socket],
    [socket, client],
  ] as const) {
    from.on('error', () => to.destroy())
    // Gone altogether: what the other still says reaches nobody.
    from.once('close', () => endSoon(to, to === client ? restMs.client : restMs.node))
    relay(from, to)
  }
  await Promise.all(ended)
}

/** TLS brings 16 kB at a time; that many more are written at once. */
const writtenAtOnce = 128 << 10

/** As `pipe`, with what comes in one turn of the event loop written as one. */
function relay(from: Duplex, to: Duplex): void {
  let gathered = 0
  const cork = new TurnCork(to, () => {
    gathered = 0
    if (!to.writableNeedDrain || from.isPaused()) return
    from.pause()
    to.once('drain', () => from.resume())
  })
  from.on('data', (chunk: Buffer) => {
    if (!to.writable) return
    cork.hold()
    gathered += chunk.length
    to.write(chunk)
    if (gathered >= writtenAtOnce) cork.release()
  })
  from.once('end', () => {
    cork.release()
    to.end()
  })
}

/** The client's headers that ask for the upgrade, as they go to the node. */
export function upgradeHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const passed = ['upgrade', 'x-stream-protocol-version', 'sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol', 'sec-websocket-extensions']
  const kept = Object.fromEntries(passed.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))
  return { ...kept, connection: 'Upgrade' }
}
