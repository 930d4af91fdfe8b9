import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { ConfigError } from '../config/agent-config.ts'
import { boundConnections, boundServerOptions, defaultBounds } from '../connections/bound-connections.ts'
import { inTurn } from '../connections/in-turn.ts'
import { cadvisorMetrics } from '../metrics/cadvisor-metrics.ts'
import { cleanPath, encodedPath, MalformedTarget, parseRequestTarget, type RequestTarget } from '../requests/request-target.ts'
import { metricsType } from '../server/pages.ts'
import { sendPage } from '../server/send-page.ts'
import { Assets } from './assets.ts'
import { EventLog } from './event-log.ts'
import { isForeignPage } from './foreign-page.ts'
import { isOwnHost } from './host-check.ts'
import { Feed } from './live/feed.ts'
import { pastOf, sparklines } from './live/past.ts'
import { holderOf, Seats } from './live/seats.ts'
import { storageOf } from './live/storage.ts'
import { NodeHistory } from './node-history.ts'
import { PodBoard } from './pod-board.ts'
import { CadvisorApi } from './rest/api.ts'
import { ApiError } from './rest/api-error.ts'
import { streamEvents } from './rest/event-stream.ts'
import type { CadvisorSources } from './sources.ts'

export interface CadvisorOptions {
  readonly address: string
  readonly port: number
  readonly sources: CadvisorSources
  /** Names beside localhost and addresses that a request may call this server by. */
  readonly ownNames: readonly string[]
  readonly clock: Clock
  readonly log: Logger
}

/** The page's server, and how it is told what happens. */
export interface CadvisorServer extends AsyncDisposable {
  readonly port: number
  sampled(): void
  podChanged(uid: string): void
  nodeChanged(): void
}

/** Everything comes from this server: no script or style within the page, nothing from elsewhere. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

const bodyLimit = 64 * 1024
/** Six to a page, of which 32 are open at once, and some for scrapers. */
const mostConnections = 256
const mostEventStreams = 32

/** Serves the cAdvisor page, its REST API, `/metrics` and `/healthz` in clear. Throws `ConfigError` when it cannot listen. */
export async function startCadvisorServer(options: CadvisorOptions): Promise<CadvisorServer> {
  const { sources, clock, address, port } = options
  const history = new NodeHistory()
  const events = new EventLog()
  const board = new PodBoard(sources, events)
  const feed = new Feed({ sources, history, board, clock })
  const site = new Site(options, { history, events, board, feed })
  const server = createServer(
    boundServerOptions,
    inTurn((request, response) => void site.answer(request, response)),
  )
  const connections = boundConnections(server, { ...defaultBounds, most: mostConnections })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, address, port)))
    server.listen(port, address, () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    sampled() {
      history.take(sources.snapshot(), clock.wall())
      feed.sampled()
    },
    podChanged(uid) {
      if (board.changed(uid, clock.wall())) feed.podChanged(uid)
    },
    nodeChanged: () => feed.nodeChanged(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      feed.close()
      server.closeAllConnections()
      connections.endAll()
      await closed
    },
  }
}

function cannotListen(error: NodeJS.ErrnoException, address: string, port: number): Error {
  const why =
    error.code === 'EADDRINUSE' ? 'is in use' : error.code === 'EADDRNOTAVAIL' ? 'is no address of this machine' : `cannot be listened on (${error.code})`
  const flag = error.code === 'EADDRNOTAVAIL' ? '--cadvisor-address' : '--cadvisor-port'
  return new ConfigError(`${flag}: ${address}:${port} ${why}; give another, or --cadvisor-port 0 for no page`, { cause: error })
}

interface SiteParts {
  readonly history: NodeHistory
  readonly events: EventLog
  readonly board: PodBoard
  readonly feed: Feed
}

/** What is where. */
class Site {
  readonly #options: CadvisorOptions
  readonly #parts: SiteParts
  readonly #assets = new Assets()
  readonly #eventStreams = new Seats(mostEventStreams)
  readonly #api: CadvisorApi
  #sparklines: { readonly at: number; readonly body: string } | undefined
  #actors: { readonly until: number; readonly body: Promise<string> } | undefined

  constructor(options: CadvisorOptions, parts: SiteParts) {
    this.#options = options
    this.#parts = parts
    this.#api = new CadvisorApi({ sources: options.sources, ...parts })
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    try {
      const target = targetOf(request)
      const host = target.authority ?? request.headers.host
      if (!isOwnHost(host, this.#options.ownNames))
        throw new ApiError(
          403,
          `the Host ${JSON.stringify(host ?? '')} is none of this node's names: use its address, localhost or ${this.#options.ownNames.join(', ')}`,
        )
      if (isForeignPage({ ...request.headers, host }))
        throw new ApiError(403, `a page of another origin (${request.headers.origin ?? request.headers['sec-fetch-site']}) may not ask this node`)
      await this.#route(target, request, response)
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 500
      const message = error instanceof Error ? error.message : String(error)
      if (status === 500) this.#options.log.warn('request to the cAdvisor page failed', { path: request.url?.split('?')[0], error: message })
      if (response.headersSent) response.destroy()
      else text(response, `${message}\n`, status)
    }
  }

  async #route({ path, query, rawQuery }: RequestTarget, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { sources } = this.#options
    const clean = cleanPath(path)
    // As Go's ServeMux: nothing is served under two names.
    if (clean !== path) return void response.writeHead(301, { location: encodedPath(clean) + (rawQuery && `?${rawQuery}`) }).end()
    const isPost = request.method === 'POST'
    if (request.method !== 'GET' && request.method !== 'HEAD' && !isPost)
      throw new ApiError(405, `${request.method} is not allowed: everything here is read only`)
    if (path === '/api' || path.startsWith('/api/')) {
      const body = isPost ? await bodyOf(request) : ''
      const answer = await this.#api.answer(path, query, body)
      if (answer.kind === 'json') return json(response, JSON.stringify(answer.value))
      const parts = { log: this.#parts.events, seats: this.#eventStreams, snapshot: () => sources.snapshot() }
      return streamEvents(response, answer.query, holderOf(request), parts)
    }
    if (isPost) throw new ApiError(405, 'POST is for /api/v1.x alone')
    if (path === '/healthz') return sources.healthy() ? text(response, 'ok') : text(response, 'not healthy', 500)
    if (path === '/metrics') {
      response.setHeader('cache-control', 'no-store')
      return sendPage({ type: metricsType, body: cadvisorMetrics(sources.snapshot()) }, request, response)
    }
    // A stream has no head that ends.
    if (path === '/live/events' && request.method === 'HEAD') throw new ApiError(405, 'HEAD is not for a stream: GET it')
    if (path.startsWith('/live/')) return this.#live(path, query, request, response)
    // Where cAdvisor's own page is.
    if (/^\/(containers|docker)(\/|$)/.test(path)) return void response.writeHead(307, { location: '/' }).end()
    const asset = await this.#assets.get(path)
    if (!asset) throw new ApiError(404, `there is nothing at ${path}: the page is at /, the API at /api/v1.3/ and /api/v2.1/, metrics at /metrics`)
    response.setHeader('etag', asset.etag)
    response.setHeader('cache-control', 'no-cache')
    if (request.headers['if-none-match'] === asset.etag) return void response.writeHead(304).end()
    response.writeHead(200, { 'content-type': asset.type, 'content-length': asset.body.length }).end(request.method === 'HEAD' ? undefined : asset.body)
  }

  async #live(path: string, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { feed, history, board } = this.#parts
    switch (path) {
      case '/live/events':
        return feed.subscribe(response, holderOf(request))
      case '/live/history': {
        const row = query.get('row') ?? ''
        const found = pastOf(history, row) ?? (shown(board, row) ? { at: [], figures: {} } : undefined)
        if (!found) throw new ApiError(404, `nothing is known of row ${JSON.stringify(row)}: give node, a pod's uid, or <uid>/<container>`)
        return json(response, JSON.stringify(found))
      }
      case '/live/storage': {
        const uid = query.get('pod') ?? ''
        const found = storageOf(this.#options.sources.snapshot(), uid) ?? (shown(board, uid) ? [] : undefined)
        if (!found) throw new ApiError(404, `nothing is known of pod ${JSON.stringify(uid)}: give its uid`)
        return json(response, JSON.stringify(found))
      }
      case '/live/sparklines':
        if (this.#sparklines?.at !== history.at) this.#sparklines = { at: history.at, body: JSON.stringify(sparklines(history, board.views, feed.ids)) }
        return json(response, this.#sparklines.body)
      case '/live/actors':
        return json(response, await this.#askActors())
      default:
        throw new ApiError(404, `there is nothing at ${path}`)
    }
  }

  /** The threads are asked once a second at most, however many look. */
  #askActors(): Promise<string> {
    const now = this.#options.clock.monotonic()
    if (!this.#actors || now >= this.#actors.until) {
      const body = this.#options.sources.actors().then((actors) => JSON.stringify(actors))
      this.#actors = { until: now + 1000, body }
    }
    return this.#actors.body
  }
}

function targetOf({ url = '/' }: IncomingMessage): RequestTarget {
  try {
    return parseRequestTarget(url)
  } catch (error) {
    throw error instanceof MalformedTarget ? new ApiError(400, error.message) : error
  }
}

function content(response: ServerResponse, type: string, body: string, status = 200): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'content-length': Buffer.byteLength(body) }).end(body)
}

const json = (response: ServerResponse, body: string) => content(response, 'application/json', body)
const text = (response: ServerResponse, body: string, status = 200) => content(response, 'text/plain; charset=utf-8', body, status)

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > bodyLimit) throw new ApiError(413, `the request's body is larger than ${bodyLimit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** A pod that shows though nothing was measured of it yet. */
function shown({ views }: PodBoard, row: string): boolean {
  const [uid = '', name] = row.split('/')
  const pod = views.get(uid)
  return pod !== undefined && (name === undefined || pod.containers.some((each) => each.name === name))
}
