import { X509Certificate } from 'node:crypto'
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Node } from '../../../kube/objects.ts'
import { unavailable } from '../rest/status-errors.ts'
import type { UpgradeAnswer } from './tunnel.ts'

/** Client certificate and key (PEM) the API server shows to nodes. */
export interface NodeCredentials {
  readonly certPem: string
  readonly keyPem: string
}

export interface NodeCall {
  readonly node: Node
  readonly method: string
  /** With the query, as it goes on the wire. */
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
  /** The client's own request: its body goes to the node. */
  readonly body?: IncomingMessage
  /** The client's answer: when the client hangs up, the call is aborted. */
  readonly response?: ServerResponse
  readonly signal?: AbortSignal
}

/** Who the API server is to a node, as its client certificate says. */
export interface NodeCallerIdentity {
  readonly name: string
  readonly groups: readonly string[]
}

/** Opens a connection to a node in this process. */
export type ConnectInProcess = (caller: NodeCallerIdentity) => Duplex

// kube-apiserver's dialer: 30 s.
const connectTimeoutMs = 30_000

/** Calls nodes' HTTPS servers. Their certificates are not verified, as a kube-apiserver without --kubelet-certificate-authority does. */
export class NodeCaller {
  readonly #agent: Agent
  readonly #inProcess = new Map<string, () => Duplex>()

  constructor({ certPem, keyPem }: NodeCredentials) {
    this.#agent = new Agent({ cert: certPem, key: keyPem, rejectUnauthorized: false })
  }

  /** The node of that name is in this process: streams go to it without a network, and without TLS twice for each byte. */
  reachInProcess(nodeName: string, connect: ConnectInProcess): void {
    const identity = identityOf(String(this.#agent.options.cert))
    this.#inProcess.set(nodeName, () => connect(identity))
  }

  /** The node's answer, its body unread. Rejects when the node has no address, cannot be reached or the client went away. */
  call({ node, method, path, headers, body, response, signal }: NodeCall): Promise<IncomingMessage> {
    const { host, port } = addressOf(node)
    return new Promise((resolve, reject) => {
      const upstream = httpsRequest({ agent: this.#agent, host, port, method, path, headers, signal })
      response?.once('close', () => upstream.destroy())
      upstream.once('socket', (socket) => {
        socket.setTimeout(connectTimeoutMs, () => upstream.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)))
        socket.once('secureConnect', () => socket.setTimeout(0))
      })
      upstream.once('response', resolve)
      upstream.once('error', reject)
      // Without this a node that hangs up before it answers would leave the promise open.
      upstream.once('close', () => reject(new Error(`${host}:${port} closed the connection without an answer`)))
      if (body) body.pipe(upstream)
      else upstream.end()
    })
  }

  /** As `call`, for a request that asks to leave HTTP behind. Each has a connection of its own. */
  upgrade({ node, method, path, headers, response }: NodeCall): Promise<UpgradeAnswer> {
    const { host, port } = addressOf(node)
    return new Promise((resolve, reject) => {
      const { cert, key, rejectUnauthorized } = this.#agent.options
      const connect = this.#inProcess.get(node.metadata?.name ?? '')
      const request = { host, port, method, path, headers, timeout: connectTimeoutMs }
      const upstream = connect
        ? httpRequest({ ...request, createConnection: connect })
        : httpsRequest({ ...request, agent: false, cert, key, rejectUnauthorized })
      const hangUp = () => upstream.destroy()
      response?.once('close', hangUp)
      upstream.once('timeout', () => upstream.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)))
      upstream.once('upgrade', (answer, socket, head) => {
        response?.off('close', hangUp)
        socket.setTimeout(0)
        resolve({ agreed: true, answer, socket, head })
      })
      upstream.once('response', (answer) => resolve({ agreed: false, answer }))
      upstream.once('error', reject)
      upstream.end()
    })
  }
}

/** Where the node's server listens: its InternalIP, else its Hostname. Throws a 503 that says what its status lacks. */
export function addressOf({ metadata, status }: Node): { readonly host: string; readonly port: number } {
  const address = (type: string) => status?.addresses?.find((entry) => entry.type === type)?.address
  const host = address('InternalIP') ?? address('Hostname')
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port
  const name = JSON.stringify(metadata?.name)
  if (!host) throw unavailable(`node ${name} has neither an InternalIP nor a Hostname in status.addresses: is its agent running?`)
  if (!port) throw unavailable(`node ${name} has no status.daemonEndpoints.kubeletEndpoint.Port: it serves no logs`)
  return { host, port }
}

function identityOf(certPem: string): NodeCallerIdentity {
  const { CN, O = [] } = new X509Certificate(certPem).toLegacyObject().subject
  return { name: [CN].flat()[0] ?? '', groups: [...[O].flat(), 'system:authenticated'] }
}
