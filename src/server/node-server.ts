import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Logger, silentLogger } from '../base/log.ts'
import { ClientCertificates } from '../certificates/client-certificates.ts'
import { type BoundConnections, boundConnections, boundServerOptions, defaultBounds } from '../connections/bound-connections.ts'
import { inTurn } from '../connections/in-turn.ts'
import { asksForUpgrade, UpgradeResponse } from '../connections/upgrade-response.ts'
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
  /** Default TLSv1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** OpenSSL's list; default Node's. */
  readonly ciphers?: string
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

/** Paths that lead out of HTTP. */
const streams: ReadonlySet<string | undefined> = new Set(['exec', 'attach', 'portForward'])
/** Of callers without a credential. */
const unauthenticated = 'system:unauthenticated'

/** The node's HTTPS server (10250 by default), which the API server calls for logs. Nobody gets past without authentication and authorization. */
export async function startNodeServer(options: NodeServerOptions): Promise<SecureNodeServer> {
  let { certificate, clientCa } = options
  const context = () =>
    ({ cert: certificate?.certificate, key: certificate?.key, ca: clientCa, minVersion: options.minVersion ?? 'TLSv1.2', ciphers: options.ciphers }) as const
  const clients = clientCa === undefined ? undefined : new ClientCertificates(clientCa)
  const door: Door = {
    ...options,
    certificateOf: (socket) => clients?.judge(socket) ?? { kind: 'none' },
    async authenticate(request, certificate) {
      const user = await options.authenticate(request, certificate)
      connections.setKnown(request.socket, user !== undefined && !user.groups.includes(unauthenticated))
      return user
    },
  }
  const onRequest = inTurn((request, response) => {
    const reading = readNodeRequest(request)
    response.once('close', begun(options, request, reading, 'readwrite'))
    void answer(options, request, response, async () => route(options, await admitted(door, request, reading), request, response))
  })
  const server = createHttpsServer(
    {
      ...context(),
      ...boundServerOptions,
      // Without a CA of ours, Node would verify against the public ones.
      requestCert: options.clientCa !== undefined,
      rejectUnauthorized: false,
      shouldUpgradeCallback: asksForUpgrade,
    },
    onRequest,
  )
  if (clients) server.on('connection', (raw: Socket) => clients.accepted(raw))
  const connections = boundConnections(server)
  // What the server itself does not know of, or no more: it is ended with it.
  const held = new Set<Duplex>()
  const hold = (socket: Duplex) => {
    held.add(socket)
    socket.once('close', () => held.delete(socket))
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (socket.destroyed) return
    hold(socket)
    const response = new UpgradeResponse(request, socket)
    const reading = readNodeRequest(request)
    socket.once('close', begun(options, request, reading, 'readwrite'))
    void answer(options, request, response, async () => {
      const asked = await admitted(door, request, reading)
      if (!streams.has(asked.parts[0])) return route(options, asked, request, response)
      onlyClean(asked)
      const { engine, pods, debugging } = options.sources
      refuseDebugging({ debugging }, asked)
      onlyStreams(asked)
      await serveUpgrade({ request, asked, take: () => response.take(), head }, { engine, pods, clock: options.clock, idleTimeoutMs: options.idleTimeoutMs })
    })
  }
  server.on('upgrade', onUpgrade)
  // Never listens: it has the connections from within this process.
  const inProcess = createHttpServer({ shouldUpgradeCallback: asksForUpgrade }, onRequest).on('upgrade', onUpgrade).on('connection', hold)
  const listening = await listen(server, options.address, options.port, connections)
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
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const reading = readNodeRequest(request)
    response.once('close', begun(options, request, reading, 'readonly'))
    void answer(options, request, response, async () => routeReadOnly(options, understood(reading), request, response))
  }
  return listenInClear(serve, address, port)
}

/** `/healthz` for the init system, in clear on loopback (10248 by default). */
export async function startHealthServer(address: string, port: number, healthy: () => boolean): Promise<NodeServer> {
  const checks = healthChecks(healthy)
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    void answer({ log: silentLogger }, request, response, async () => {
      const asked = understood(readNodeRequest(request))
      onlyClean(asked)
      const [first, ...rest] = asked.parts
      if (first !== 'healthz') throw new ServingError(404, '404 page not found')
      const body = healthzAnswer(checks, rest, asked.query)
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(body)
    })
  }
  return listenInClear(serve, address, port)
}

/** Callers in clear: probes and scrapers, of which none proves who it is. */
const mostInClear = 64

function listenInClear(serve: (request: IncomingMessage, response: ServerResponse) => void, address: string, port: number): Promise<NodeServer> {
  const server = createHttpServer(boundServerOptions, inTurn(serve))
  return listen(server, address, port, boundConnections(server, { ...defaultBounds, most: mostInClear }))
}

async function listen(
  server: Server & { closeAllConnections(): void },
  address: string,
  port: number,
  connections: Pick<BoundConnections, 'endAll'>,
): Promise<NodeServer> {
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
      connections.endAll()
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
    // After an upgrade nothing can be said either.
    if (response.headersSent || (response instanceof UpgradeResponse && response.taken)) return void response.destroy()
    // A body that is not read to its end makes the connection of no more use.
    if (!request.complete && hasBody(request)) response.setHeader('connection', 'close')
    const headers = error instanceof ServingError ? error.headers : {}
    const length = Buffer.byteLength(message)
    const status = error instanceof ServingError ? error.status : 500
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': length, ...headers }).end(message)
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
