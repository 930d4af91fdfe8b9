import { createServer as createHttpServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Logger, silentLogger } from '../base/log.ts'
import { type CertificateVerdict, ClientCertificates } from '../certificates/client-certificates.ts'
import { admitted, type Door } from './admitted.ts'
import type { Authenticate, User } from './authentication.ts'
import type { Authorize } from './authorization.ts'
import { healthChecks, healthzAnswer } from './healthz.ts'
import { connectInProcess } from './in-process/callers.ts'
import { type NodeRequest, onlyClean, readNodeRequest, understood } from './node-request.ts'
import type { RequestCounter, ServedRequest } from './request-counter.ts'
import { onlyStreams, type Routes, refuseDebugging, route, routeReadOnly } from './routes.ts'
import type { ServingCertificate } from './serving-certificate.ts'
import { ServingError } from './serving-error.ts'
import { serveUpgrade } from './streaming/upgrades.ts'

export interface NodeServerOptions extends Routes {
  readonly address: string
  readonly port: number
  /** Absent: nobody can connect until there is one. */
  readonly certificate?: ServingCertificate
  /** PEM of the CA that client certificates are verified against. */
  readonly clientCa?: string
  readonly authenticate: Authenticate
  readonly authorize: Authorize
  readonly counter?: RequestCounter
  /** How long a stream may carry nothing before it is ended. Absent or 0: for ever. */
  readonly idleTimeoutMs?: number
  readonly log: Logger
}

export interface NodeServer extends AsyncDisposable {
  readonly port: number
}

/** The HTTPS server; new connections see the certificate that was set last. */
export interface SecureNodeServer extends NodeServer {
  /** A connection for a caller in this process. */
  connect(caller: User): Duplex
  setCertificate(certificate: ServingCertificate): void
  /** PEM of the CA that client certificates are verified against from now on. */
  setClientCa(pem: string): void
}

/** The node's HTTPS server (10250 by default), which the API server calls for logs. Nobody gets past without authentication and authorization. */
export async function startNodeServer(options: NodeServerOptions): Promise<SecureNodeServer> {
  let { certificate, clientCa } = options
  const context = () => ({ cert: certificate?.certificate, key: certificate?.key, ca: clientCa, minVersion: 'TLSv1.2' }) as const
  const clients = clientCa === undefined ? undefined : new ClientCertificates(clientCa)
  const door = { ...options, certificateOf: (socket: Duplex): CertificateVerdict => clients?.judge(socket) ?? { kind: 'none' } }
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const reading = readNodeRequest(request)
    response.once('close', begun(options, request, reading, 'readwrite'))
    void answer(options, request, response, async () => route(options, await admitted(door, request, reading), request, response))
  }
  const server = createHttpsServer(
    {
      ...context(),
      // Without a CA of ours, Node would verify against the public ones.
      requestCert: options.clientCa !== undefined,
      rejectUnauthorized: false,
    },
    onRequest,
  )
  if (clients) server.on('connection', (raw: Socket) => clients.accepted(raw))
  // What the server itself does not know of, or no more: it is ended with it.
  const held = new Set<Duplex>()
  const hold = (socket: Duplex) => {
    held.add(socket)
    socket.once('close', () => held.delete(socket))
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    hold(socket)
    const reading = readNodeRequest(request)
    socket.once('close', begun(options, request, reading, 'readwrite'))
    void upgrade(door, request, reading, socket, head)
  }
  server.on('upgrade', onUpgrade)
  // Never listens: it has the connections from within this process.
  const inProcess = createHttpServer(onRequest).on('upgrade', onUpgrade).on('connection', hold)
  const listening = await listen(server, options.address, options.port)
  return {
    port: listening.port,
    connect: (caller) => connectInProcess(inProcess, caller),
    setCertificate(next) {
      certificate = next
      server.setSecureContext(context())
    },
    setClientCa(pem) {
      clients?.setCa(pem)
      clientCa = pem
      server.setSecureContext(context())
    },
    async [Symbol.asyncDispose]() {
      for (const socket of held) socket.destroy()
      await listening[Symbol.asyncDispose]()
    },
  }
}

/** The kubelet's read-only server (`--read-only-port`): in clear, for anybody who can reach it. */
export function startReadOnlyServer(address: string, port: number, options: Routes & Pick<NodeServerOptions, 'log' | 'counter'>): Promise<NodeServer> {
  const server = createHttpServer((request, response) => {
    const reading = readNodeRequest(request)
    response.once('close', begun(options, request, reading, 'readonly'))
    void answer(options, request, response, async () => routeReadOnly(options, understood(reading), request, response))
  })
  return listen(server, address, port)
}

/** `/healthz` for the init system, in clear on loopback (10248 by default). */
export async function startHealthServer(address: string, port: number, healthy: () => boolean): Promise<NodeServer> {
  const checks = healthChecks(healthy)
  const server = createHttpServer((request, response) => {
    void answer({ log: silentLogger }, request, response, async () => {
      const asked = understood(readNodeRequest(request))
      onlyClean(asked)
      const [first, ...rest] = asked.parts
      if (first !== 'healthz') throw new ServingError(404, '404 page not found')
      const body = healthzAnswer(checks, rest, asked.query)
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(body)
    })
  })
  return listen(server, address, port)
}

async function listen(server: Server & { closeAllConnections(): void }, address: string, port: number): Promise<NodeServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Counts a request; answers how to say that it has ended. */
function begun(
  { counter }: Pick<NodeServerOptions, 'counter'>,
  { method = 'GET' }: IncomingMessage,
  reading: NodeRequest | ServingError,
  server: ServedRequest['server'],
): () => void {
  return counter?.begin({ method, path: reading instanceof ServingError ? '' : reading.path, server }) ?? (() => {})
}

async function answer({ log }: Pick<NodeServerOptions, 'log'>, request: IncomingMessage, response: ServerResponse, serve: () => Promise<void>): Promise<void> {
  // Without the query: commands may have secrets in them.
  response.once('close', () => log.debug('a request to the node', { method: request.method, path: request.url?.split('?')[0], status: response.statusCode }))
  try {
    await serve()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (!(error instanceof ServingError)) log.warn('request to the node failed', { path: request.url?.split('?')[0], error: message })
    if (response.headersSent) return void response.destroy()
    // A body that is not read to its end makes the connection of no more use.
    if (!request.complete && hasBody(request)) response.setHeader('connection', 'close')
    const headers = error instanceof ServingError ? error.headers : {}
    response.writeHead(error instanceof ServingError ? error.status : 500, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(message)
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** A request that leaves HTTP behind: exec, attach, port-forward. */
async function upgrade(
  options: NodeServerOptions & Door,
  request: IncomingMessage,
  reading: NodeRequest | ServingError,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => {})
  try {
    const asked = await admitted(options, request, reading)
    onlyClean(asked)
    const { engine, pods, debugging } = options.sources
    refuseDebugging({ debugging }, asked)
    onlyStreams(asked)
    await serveUpgrade({ request, asked, socket, head }, { engine, pods, clock: options.clock, idleTimeoutMs: options.idleTimeoutMs })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const status = error instanceof ServingError ? error.status : 500
    if (status === 500) options.log.warn('a stream of the node failed', { path: request.url?.split('?')[0], error: message })
    // After the upgrade nothing can be said any more.
    if (socket.writable && !(error instanceof ServingError)) socket.destroy()
    else refuseUpgrade(socket, status, message, error instanceof ServingError ? error.headers : {})
  }
}

function refuseUpgrade(socket: Duplex, status: number, message: string, more: Readonly<Record<string, string>>): void {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(message), Connection: 'close', ...more }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${message}`)
}
