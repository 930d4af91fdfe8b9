import { createServer as createHttpServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import type { Pod } from '../kube/objects.ts'
import type { Authenticate } from './authentication.ts'
import type { Authorize } from './authorization.ts'
import { serveContainerLogs } from './container-logs.ts'
import type { Pages } from './pages.ts'
import { requestAttributes } from './request-attributes.ts'
import type { ServingCertificate } from './serving-certificate.ts'
import { ServingError } from './serving-error.ts'
import { serveUpgrade } from './streaming/upgrades.ts'

/** What the node's own server shows; all read only. */
export interface NodeServerSources {
  readonly engine: ContainerEngine
  /** Pods bound to this node, as last seen. */
  pods(): readonly Pod[]
  /** False when the agent is stuck; `/healthz` then fails. */
  healthy(): boolean
}

export interface NodeServerOptions {
  readonly address: string
  readonly port: number
  /** Absent: nobody can connect until there is one. */
  readonly certificate?: ServingCertificate
  /** PEM of the CA that client certificates are verified against. */
  readonly clientCa?: string
  readonly authenticate: Authenticate
  readonly authorize: Authorize
  readonly sources: NodeServerSources
  /** Statistics, metrics, configuration. */
  readonly pages?: Pages
  readonly clock: Clock
  readonly log: Logger
}

export interface NodeServer extends AsyncDisposable {
  readonly port: number
}

/** The HTTPS server; new connections see the certificate that was set last. */
export interface SecureNodeServer extends NodeServer {
  setCertificate(certificate: ServingCertificate): void
}

/** The node's HTTPS server (10250 by default), which the API server calls for logs. Nobody gets past without authentication and authorization. */
export async function startNodeServer(options: NodeServerOptions): Promise<SecureNodeServer> {
  const context = (certificate: ServingCertificate | undefined) =>
    ({ cert: certificate?.certificate, key: certificate?.key, ca: options.clientCa, minVersion: 'TLSv1.2' }) as const
  const server = createHttpsServer(
    {
      ...context(options.certificate),
      // Without a CA of ours, Node would verify against the public ones.
      requestCert: options.clientCa !== undefined,
      rejectUnauthorized: false,
    },
    (request, response) => void answer(options, request, response),
  )
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    void upgrade(options, request, socket, head)
  })
  const listening = await listen(server, options.address, options.port)
  return {
    port: listening.port,
    setCertificate: (certificate) => server.setSecureContext(context(certificate)),
    async [Symbol.asyncDispose]() {
      for (const socket of upgraded) socket.destroy()
      await listening[Symbol.asyncDispose]()
    },
  }
}

/** `/healthz` for the init system, in clear on loopback (10248 by default). */
export async function startHealthServer(address: string, port: number, healthy: () => boolean): Promise<NodeServer> {
  const server = createHttpServer((request, response) => {
    const known = request.url === '/healthz'
    response
      .writeHead(known ? (healthy() ? 200 : 500) : 404, { 'content-type': 'text/plain; charset=utf-8' })
      .end(known ? (healthy() ? 'ok' : 'not healthy') : '404 page not found\n')
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

async function answer(options: NodeServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await route(options, await admitted(options, request), request, response)
  } catch (error) {
    const status = error instanceof ServingError ? error.status : 500
    if (status === 500)
      options.log.warn('request to the node failed', { path: request.url?.split('?')[0], error: error instanceof Error ? error.message : String(error) })
    if (response.headersSent) response.destroy()
    else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(error instanceof Error ? error.message : String(error))
  }
}

/** The request's URL, once it is known that the caller may ask for it. Throws 401 and 403. */
async function admitted({ authenticate, authorize }: NodeServerOptions, request: IncomingMessage): Promise<URL> {
  const url = new URL(request.url ?? '/', 'https://node')
  const user = await authenticate(request)
  if (!user) throw new ServingError(401, 'Unauthorized')
  const wanted = requestAttributes(request.method ?? 'GET', url.pathname)
  if (await authorize(user, wanted)) return url
  throw new ServingError(403, `Forbidden (user=${user.name}, verb=${wanted.verb}, resource=nodes, subresource=${wanted.subresource})`)
}

/** A request that leaves HTTP behind: exec, attach, port-forward. */
async function upgrade(options: NodeServerOptions, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  socket.on('error', () => {})
  try {
    const url = await admitted(options, request)
    const { engine, pods } = options.sources
    await serveUpgrade({ request, url, socket, head }, { engine, pods, clock: options.clock })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const status = error instanceof ServingError ? error.status : 500
    if (status === 500) options.log.warn('a stream of the node failed', { path: request.url?.split('?')[0], error: message })
    // After the upgrade nothing can be said any more.
    if (socket.writable && !(error instanceof ServingError)) socket.destroy()
    else refuseUpgrade(socket, status, message)
  }
}

function refuseUpgrade(socket: Duplex, status: number, message: string): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(message)}\r\nConnection: close\r\n\r\n`
  socket.end(head + message)
}

async function route({ sources, clock, pages }: NodeServerOptions, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (/^\/(exec|attach|portForward)\//.test(url.pathname)) throw new ServingError(400, 'Upgrade request required')
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new ServingError(405, 'Method Not Allowed')
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
  const [first, ...rest] = parts
  const page = pages?.get(`/${parts.join('/')}`)
  if (page) {
    const { type, body } = await page(url.searchParams)
    response.writeHead(200, { 'content-type': type }).end(body)
    return
  }
  if (first === 'healthz' && (rest.length === 0 || rest[0] === 'ping' || rest[0] === 'syncloop' || rest[0] === 'log')) {
    if (!sources.healthy()) throw new ServingError(500, 'not healthy')
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok')
    return
  }
  if (first === 'pods' && rest.length === 0) {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: sources.pods() }))
    return
  }
  if (first === 'containerLogs' && rest.length === 3) {
    const [namespace, name, container] = rest
    const pod = sources.pods().find((each) => each.metadata?.namespace === namespace && each.metadata?.name === name)
    if (!pod) throw new ServingError(404, `pod "${name}" not found`)
    await serveContainerLogs(sources.engine, pod, container ?? '', url.searchParams, response, clock.wall())
    return
  }
  throw new ServingError(404, '404 page not found')
}
