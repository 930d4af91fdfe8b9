import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { type SpdySession, spdySession } from '../../server/spdy/session.ts'
import { EngineError } from '../engine.ts'

/** The protocol of commands over SPDY whose error stream ends with a Status. */
const commandProtocol = 'v4.channel.k8s.io'
/** The server is on this machine. */
const connectTimeoutMs = 10_000

/** Opens a SPDY connection to the streaming server that the runtime named, as a kubelet's client would. Throws `EngineError`. */
export async function openSpdy(url: string): Promise<SpdySession> {
  const socket = await upgraded(new URL(url))
  return spdySession(socket, (stream) => stream.refuse(), { side: 'client' })
}

function upgraded(url: URL): Promise<Duplex> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const refuse = (why: string, cause?: unknown) =>
      reject(new EngineError('internal', `the runtime's streaming server at ${url.host} refused: ${why}`, { cause }))
    const request = send(url, {
      method: 'POST',
      agent: false,
      timeout: connectTimeoutMs,
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': commandProtocol, 'content-length': 0 },
    })
    request.once('upgrade', (_, socket, head) => {
      socket.setTimeout(0)
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    request.once('response', (response) => {
      response.resume()
      refuse(`HTTP ${response.statusCode}`)
    })
    request.once('timeout', () => request.destroy(new Error(`no answer within ${connectTimeoutMs / 1000} s`)))
    request.once('error', (cause) => refuse(cause.message, cause))
    request.end()
  })
}
