import type { IncomingMessage } from 'node:http'
import { Writable } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { answerPings } from '../../../connections/answer-pings.ts'
import { endSoon } from '../../../connections/end-soon.ts'
import { badRequest } from '../rest/status-errors.ts'
import { bearerProtocol } from './bearer.ts'
import type { UpgradedConnection } from './request.ts'

/** A client of a watch or a log has nothing to say. */
const largestMessage = 64 << 10
/** How long a client has to answer our closing, milliseconds. */
const closing = { closeTimeout: 5000 }

const servers = new WebSocketServer({ noServer: true, maxPayload: largestMessage, ...closing, autoPong: false })
const chosenProtocols = new WeakMap<IncomingMessage, string>()
servers.on('headers', (lines, request) => {
  const protocol = chosenProtocols.get(request)
  if (protocol) lines.push(`Sec-WebSocket-Protocol: ${protocol}`)
})

export const asksForWebSocket = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket'

/** How what is written becomes messages: text, bytes, or base64 of the bytes as text. */
export type MessageForm = 'text' | 'binary' | 'base64'

/**
 * Agrees to a WebSocket on which only this side speaks; each chunk that is written to the answer is a message. `forms` has the protocols that are spoken, `''`
 * for none; with `anyProtocol` a client may name any. Throws a 400 when the client wants others.
 */
export function openWebSocket(
  request: IncomingMessage,
  upgrade: UpgradedConnection,
  forms: Readonly<Record<string, MessageForm>>,
  anyProtocol = false,
): Promise<Writable> {
  const asked = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
  const wanted = asked.filter((each) => each !== '' && !bearerProtocol.test(each))
  const protocol = wanted.length === 0 ? '' : (wanted.find((each) => each in forms) ?? (anyProtocol ? wanted[0] : undefined))
  const form = protocol === undefined ? undefined : (forms[protocol] ?? forms[''])
  if (protocol === undefined || form === undefined)
    throw badRequest(`none of the WebSocket protocols asked for is spoken here; use one of ${Object.keys(forms).filter(Boolean).join(', ')}`)
  chosenProtocols.set(request, protocol)
  delete request.headers['sec-websocket-protocol']
  const connection = upgrade.take()
  return new Promise((resolve, reject) => {
    let agreed = false
    connection.once('close', () => reject(badRequest('the WebSocket was not agreed on')))
    servers.handleUpgrade(request, connection, upgrade.head, (socket) => {
      agreed = true
      answerPings(socket, connection)
      // ws waits for ever until a client that has ended has read all.
      connection.once('end', () => endSoon(connection))
      resolve(messagesOver(socket, form))
    })
    // ws has refused it in its own words.
    if (!agreed) endSoon(connection)
  })
}

function messagesOver(socket: WebSocket, form: MessageForm): Writable {
  const messages = new Writable({
    write(chunk: Buffer, _, done) {
      if (socket.readyState !== socket.OPEN) return void done()
      const message = form === 'binary' ? chunk : chunk.toString(form === 'base64' ? 'base64' : 'utf8')
      socket.send(message, { binary: form === 'binary' }, (error) => done(error ?? null))
    },
    final(done) {
      socket.close(1000)
      done()
    },
    destroy(error, done) {
      socket.terminate()
      done(error)
    },
  })
  socket.on('error', () => messages.destroy())
  socket.on('close', () => messages.destroy())
  messages.on('error', () => {})
  return messages
}
