import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'

/** The server is on this machine. */
const connectTimeoutMs = 10_000

/** A server did not agree to an upgrade. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused'
  /** Undefined when it was not reached. */
  readonly status: number | undefined

  constructor(message: string, status: number | undefined, options: { cause?: unknown } = {}) {
    super(message, options)
    this.status = status
  }
}

/** An upgraded connection to a server, such as a container runtime's streaming server. Throws `UpgradeRefused`. */
export function openUpstream(url: string, headers: OutgoingHttpHeaders): Promise<{ readonly socket: Duplex; readonly headers: IncomingHttpHeaders }> {
  const target = URL.canParse(url) ? new URL(url) : undefined
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:')
    return Promise.reject(new UpgradeRefused(`the streaming server is named by ${JSON.stringify(url)}, which is no URL of one`, undefined))
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const refuse = (why: string, status?: number, cause?: unknown) =>
      reject(new UpgradeRefused(`the streaming server at ${target.host} refused: ${why}`, status, { cause }))
    // WebSockets begin with a GET, SPDY with a POST.
    const method = String(headers.upgrade).toLowerCase() === 'websocket' ? 'GET' : 'POST'
    const request = send(target, { method, agent: false, timeout: connectTimeoutMs, headers: { ...headers, connection: 'Upgrade' } })
    request.once('upgrade', (answer, socket, head) => {
      socket.setTimeout(0)
      if (head.length > 0) socket.unshift(head)
      resolve({ socket, headers: answer.headers })
    })
    request.once('response', (answer) => {
      text(answer).then(
        (said) => refuse(said.trim() || `HTTP ${answer.statusCode}`, answer.statusCode),
        (cause: Error) => refuse(cause.message, answer.statusCode, cause),
      )
    })
    request.once('timeout', () => request.destroy(new Error(`no answer within ${connectTimeoutMs / 1000} s`)))
    request.once('error', (cause) => refuse(cause.message, undefined, cause))
    request.end()
  })
}
