import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { issueServing, makeAuthority } from '../../../../src/controlplane/pki/authority.ts'

/** A small API server of custom metrics, as an adapter's: it believes who asks of whom the front proxy's authority vouches for. */
export class AggregatedServer implements AsyncDisposable {
  readonly #server: Server
  /** Base64, as an APIService has it. */
  readonly caBundle: string
  readonly seen: { readonly path: string; readonly method: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] = []
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.writeHead(404).end()

  private constructor(server: Server, caPem: string) {
    this.#server = server
    this.caBundle = Buffer.from(caPem).toString('base64')
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response))
    server.on('upgrade', (request: IncomingMessage, socket) => {
      this.seen.push({ path: request.url ?? '', method: request.method ?? '', headers: request.headers, body: '' })
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      socket.pipe(socket)
    })
  }

  /** `clientCa`: PEM of who vouches for the front proxy; `name`: the DNS name it is called by. */
  static async start(clientCa: string, name: string): Promise<AggregatedServer> {
    const authority = await makeAuthority('adapter-ca', Date.now())
    const { certPem, keyPem } = await issueServing(authority, 'adapter', [name], [], Date.now())
    const server = createServer({ cert: certPem, key: keyPem, ca: clientCa, requestCert: true, rejectUnauthorized: true })
    server.listen(0, '0.0.0.0')
    await once(server, 'listening')
    return new AggregatedServer(server, authority.certPem)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString()
    const { url = '', method = '', headers } = request
    const proxy = (request.socket as TLSSocket).getPeerCertificate().subject.CN
    this.seen.push({ path: url, method, headers: { ...headers, 'test-certificate': String(proxy) }, body })
    if (url.split('?')[0] !== '/apis/custom.metrics.k8s.io/v1beta2') return this.answer(request, response)
    const resources = [
      { name: 'pods/http_requests', namespaced: true, kind: 'MetricValueList', verbs: ['get'] },
      { name: 'gadgets', singularName: 'gadget', namespaced: true, kind: 'Gadget', verbs: ['list', 'get'], shortNames: ['gd'] },
    ]
    const list = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'custom.metrics.k8s.io/v1beta2', resources }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
