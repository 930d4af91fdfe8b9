import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'
import { selfSignedCertificate } from '../../src/server/serving-certificate.ts'

/** What probes of the tests are sent to: HTTP, HTTPS with a certificate nobody signed, and gRPC health, on all addresses of this machine. */
export class ProbedServers implements AsyncDisposable {
  /** `method url user-agent accept host x-probe` of each request, by path. */
  readonly asked = new Map<string, string[]>()
  readonly #http: Server
  readonly #https: Server
  readonly #grpc: GrpcServer
  readonly ports: { readonly http: number; readonly https: number; readonly grpc: number }

  private constructor(http: Server, https: Server, grpc: GrpcServer, ports: ProbedServers['ports']) {
    this.#http = http
    this.#https = https
    this.#grpc = grpc
    this.ports = ports
    for (const server of [http, https]) server.on('request', (request, response) => this.#answer(request, response))
  }

  /** `services`: health by name (1 SERVING, 2 NOT_SERVING); others are SERVICE_UNKNOWN. */
  static async start(services: Readonly<Record<string, number>>): Promise<ProbedServers> {
    const directory = await mkdtemp(join(tmpdir(), 'probed-'))
    const { certificate, key } = await selfSignedCertificate(directory, ['nobody.example'], Date.now())
    await rm(directory, { recursive: true })
    const http = createServer()
    const https = createTlsServer({ cert: certificate, key }) as unknown as Server
    const grpc = healthServer(services)
    const [httpPort, httpsPort, grpcPort] = await Promise.all([
      listen(http),
      listen(https),
      new Promise<number>((resolve, reject) =>
        grpc.bindAsync('0.0.0.0:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))),
      ),
    ])
    return new ProbedServers(http, https, grpc, { http: httpPort, https: httpsPort, grpc: grpcPort })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#grpc.forceShutdown()
    for (const server of [this.#http, this.#https]) {
      server.close()
      server.closeAllConnections()
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', headers } = request
    this.asked.set(url, [...(this.asked.get(url) ?? []), `${headers['user-agent']} ${headers.accept} ${headers.host} ${headers['x-probe']}`])
    if (url.startsWith('/hang')) return
    if (url.startsWith('/away')) response.writeHead(302, { location: 'http://elsewhere.example/' }).end('over there')
    else if (url.startsWith('/moved')) response.writeHead(302, { location: '/found' }).end()
    else response.writeHead(url.startsWith('/ill') ? 500 : 200).end('well')
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '0.0.0.0', () => resolve((server.address() as AddressInfo).port)))
}

function healthServer(services: Readonly<Record<string, number>>): GrpcServer {
  const raw = (value: Buffer) => value
  const path = '/grpc.health.v1.Health/Check'
  const method = { path, requestStream: false, responseStream: false }
  const codecs = { requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw }
  const server = new GrpcServer()
  server.addService(
    { Check: { ...method, ...codecs } },
    {
      Check: (call: { request: Buffer }, reply: (error: null, answer: Buffer) => void) =>
        reply(null, Buffer.from([0x08, services[call.request.subarray(2).toString()] ?? 3])),
    },
  )
  return server
}
