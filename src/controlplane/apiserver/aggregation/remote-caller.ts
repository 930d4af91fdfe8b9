import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { KeyPair } from '../../pki/authority.ts'
import type { UpgradeAnswer } from '../node/tunnel.ts'

/** Where another API server is, and how it is known. */
export interface RemotePlace {
  readonly host: string
  readonly port: number
  /** The name that its certificate must be for. */
  readonly serverName: string
}

/** How its certificate is checked; PEM, base64 as an APIService has it. */
export interface RemoteTrust {
  readonly caBundle?: string
  readonly insecure: boolean
}

export interface RemoteCall {
  readonly place: RemotePlace
  readonly method: string
  /** With the query, as it goes on the wire. */
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  readonly body?: IncomingMessage
  /** The client's answer: when the client hangs up, the call is aborted. */
  readonly response?: ServerResponse
  readonly signal?: AbortSignal
}

// kube-apiserver's dialer: 30 s.
const connectTimeoutMs = 30_000

/** Calls one other API server, with the certificate of the front proxy by which it believes who asks. */
export class RemoteCaller implements Disposable {
  readonly #agent: Agent

  constructor(identity: KeyPair, { caBundle, insecure }: RemoteTrust) {
    const ca = caBundle ? Buffer.from(caBundle, 'base64').toString() : undefined
    const { certPem: cert, keyPem: key } = identity
    this.#agent = new Agent({ cert, key, keepAlive: true, maxFreeSockets: 4, rejectUnauthorized: !insecure, ...(ca && { ca, allowPartialTrustChain: true }) })
  }

  /** Its answer, the body unread. Rejects when it cannot be reached or the client went away. */
  call(call: RemoteCall): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const upstream = this.#begin(call, reject)
      call.response?.once('close', () => upstream.destroy())
      upstream.once('response', resolve)
      if (call.body) call.body.pipe(upstream)
      else upstream.end()
    })
  }

  /** As `call`, for a request that asks to leave HTTP behind. */
  upgrade(call: RemoteCall): Promise<UpgradeAnswer> {
    return new Promise((resolve, reject) => {
      const upstream = this.#begin(call, reject)
      const hangUp = () => upstream.destroy()
      call.response?.once('close', hangUp)
      upstream.once('upgrade', (answer, socket, head) => {
        call.response?.off('close', hangUp)
        resolve({ agreed: true, answer, socket, head })
      })
      upstream.once('response', (answer) => resolve({ agreed: false, answer }))
      upstream.end()
    })
  }

  #begin({ place, method, path, headers, signal }: RemoteCall, reject: (error: Error) => void): ClientRequest {
    const { host, port, serverName } = place
    const upstream = httpsRequest({ agent: this.#agent, host, port, servername: serverName, method, path, headers, signal })
    upstream.once('socket', (socket) => {
      if (!socket.connecting) return
      socket.setTimeout(connectTimeoutMs, () => upstream.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)))
      socket.once('secureConnect', () => socket.setTimeout(0))
    })
    upstream.once('error', reject)
    // Without this a server that hangs up before it answers would leave the promise open.
    upstream.once('close', () => reject(new Error('EOF')))
    return upstream
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}
