import type { IncomingMessage, ServerResponse } from 'node:http'
import { Registry } from 'prom-client'
import type { Logger } from '../../../base/log.ts'
import type { CertificateVerdict, ClientCertificates } from '../../../certificates/client-certificates.ts'
import { KubeError } from '../../../kube/client.ts'
import { MalformedTarget, parseRequestTarget, type RequestTarget } from '../../../requests/request-target.ts'
import type { Aggregator, PassedRequest, Remote } from '../aggregation/aggregator.ts'
import type { AuditLog, AuditRecord } from '../audit/audit-log.ts'
import { attributesOf } from '../auth/attributes.ts'
import { impersonationOf } from '../auth/impersonate.ts'
import { type Attributes, forbiddenMessage, type User } from '../auth/user.ts'
import type { FlowHeaders } from '../flowcontrol/flow-headers.ts'
import type { RequestMetrics } from '../instrumentation/request-metrics.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { ApiBackend } from '../rest/backend.ts'
import type { DefinitionIndex } from '../rest/environment.ts'
import { badRequest, forbidden, methodNotAllowed, noSuchResource, unauthorized } from '../rest/status-errors.ts'
import { bearerOf } from './bearer.ts'
import { Documents } from './documents.ts'
import type { Faults } from './faults.ts'
import { parseResourcePath, type ResourcePath } from './path.ts'
import { flag, type ResourceRequest, type UpgradedConnection } from './request.ts'
import type { ResourceHandler } from './resource-handler.ts'
import { respondError, respondText } from './respond.ts'
import { sendDocument } from './send-document.ts'

/** What a connection shows of who it is. */
export interface Credentials {
  readonly certificate: CertificateVerdict
  readonly bearerToken?: string
}

/** Who a request is from; undefined is a 401. */
export type Authenticate = (credentials: Credentials, backend: ApiBackend, now: number) => Promise<User | undefined>
/** Whether the user may do that. */
export type Authorize = (user: User, asked: Attributes, backend: ApiBackend) => Promise<{ readonly allowed: boolean; readonly reason?: string }>

/** Serves what is proxied to a node: logs, exec, attach, port-forward, proxy. Answers the request itself. */
export type NodeProxy = (asked: ResourceRequest, backend: ApiBackend) => Promise<void>

export interface RouterOptions {
  readonly definitions: DefinitionIndex
  readonly backend: ApiBackend
  readonly resources: ResourceHandler
  readonly faults: Faults
  /** By what each request is counted. */
  readonly flows: Pick<FlowHeaders, 'of'>
  readonly authenticate: Authenticate
  /** Told who a request is from, before it is served. */
  onCaller?(request: IncomingMessage, user: User | undefined): void
  readonly authorize: Authorize
  /** Absent: certificates are not asked for. */
  readonly clients?: Pick<ClientCertificates, 'judge'>
  readonly nodeProxy?: NodeProxy
  /** Leads to other API servers. */
  readonly aggregator?: Aggregator
  /** Where it is written down who did what. */
  readonly audit?: AuditLog
  /** By which requests are counted. */
  readonly requests: Pick<RequestMetrics, 'begin'>
  /** The figures of `/metrics`, in Prometheus' text format. */
  metrics(): Promise<string>
  /** The version of Kubernetes 1 that the server passes for. */
  readonly minor: number
  readonly log: Logger
  now(): number
  /** `host:port`, for discovery. */
  address(): string
  /** Undefined when all is well, else what is not. */
  ready(): string | undefined
}

const connected = new Set(['log', 'exec', 'attach', 'portforward', 'proxy'])

/** Leads a request to what answers it, after finding out who asks and whether they may. */
export class Router {
  readonly #options: RouterOptions
  readonly #documents = new Documents()

  constructor(options: RouterOptions) {
    this.#options = options
  }

  async serve(request: IncomingMessage, response: ServerResponse, upgrade?: UpgradedConnection): Promise<void> {
    const audit = this.#options.audit?.begin(request, response)
    try {
      await this.#route(request, response, upgrade, audit)
    } catch (error) {
      audit?.failed(error)
      if (!(error instanceof KubeError))
        this.#options.log.error('a request failed', { method: request.method, path: request.url?.split('?')[0], error: stackOf(error) })
      respondError(response, error)
      // A refused body is not read to its end, so the connection is of no more use.
      if (!request.complete) response.once('finish', () => request.destroy())
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, upgrade: UpgradedConnection | undefined, audit: AuditRecord | undefined): Promise<void> {
    const { path: pathname, query, rawQuery } = targetOf(request)
    const user = await this.#userOf(request, response, audit)
    const path = parseResourcePath(pathname)
    const remote = this.#options.aggregator?.at(pathname)
    if (remote) return this.#passOn(remote, { request, response, user, pathname, rawQuery, ...(upgrade && { upgrade }) }, query, audit)
    const definition = path && this.#options.definitions.at(path.group, path.version, path.resource)
    if (!path) return this.#document(request, response, pathname, user, query, audit)
    if (!definition) throw noSuchResource()
    const { method = 'GET' } = request
    const selection = { watching: flag(query, 'watch'), fieldSelector: query.get('fieldSelector') }
    const attributes = attributesOf(method, path, definition, selection)
    audit?.asks(user, attributes, path.version)
    const isDryRun = query.getAll('dryRun').includes('All')
    this.#options.requests.begin({ attributes, path, isDryRun, contentType: request.headers['content-type'] }, response)
    for (const [name, value] of Object.entries(this.#options.flows.of(user, attributes))) response.setHeader(name, value)
    await this.#check(user, attributes, definition, audit)
    if (!(await this.#options.faults.meet(attributes, user, response))) return
    checkSegments(path)
    if (path.watch && method !== 'GET') throw methodNotAllowed()
    const asked: ResourceRequest = { request, response, query, rawQuery, path, definition, user, ...(upgrade && { upgrade }), ...(audit && { audit }) }
    if (!connected.has(path.subresource)) return this.#options.resources.handle(asked)
    if (!definition.subresources?.some(({ name }) => name === path.subresource) || !this.#options.nodeProxy) throw noSuchResource()
    // A log is read, the others are connections.
    if (path.subresource !== 'log') await this.#options.resources.admitConnection(asked)
    return this.#options.nodeProxy(asked, this.#options.backend)
  }

  /** What another API server serves is asked of it, by who may ask for it here. */
  async #passOn(remote: Remote, passed: PassedRequest, query: URLSearchParams, audit: AuditRecord | undefined): Promise<void> {
    const { request, response, user, pathname } = passed
    const { method = 'GET' } = request
    const path = parseResourcePath(pathname)
    const selection = { watching: flag(query, 'watch'), fieldSelector: query.get('fieldSelector') }
    const attributes = path ? attributesOf(method, path, path, selection) : documentAttributes(method, pathname)
    audit?.asks(user, attributes, path?.version)
    for (const [name, value] of Object.entries(this.#options.flows.of(user, attributes))) response.setHeader(name, value)
    await this.#check(user, attributes, undefined, audit)
    if (await this.#options.faults.meet(attributes, user, response)) await this.#options.aggregator?.serve(remote, passed)
  }

  async #userOf(request: IncomingMessage, response: ServerResponse, audit: AuditRecord | undefined): Promise<User> {
    const certificate = this.#options.clients?.judge(request.socket) ?? { kind: 'none' }
    const bearerToken = bearerOf(request)
    const credentials = { certificate, ...(bearerToken !== undefined && { bearerToken }) }
    const sender = await this.#options.authenticate(credentials, this.#options.backend, this.#options.now())
    this.#options.onCaller?.(request, sender)
    if (!sender) {
      // With another certificate the client must connect anew.
      if (certificate.kind === 'refused') response.shouldKeepAlive = false
      throw unauthorized()
    }
    const other = impersonationOf(request.headersDistinct)
    audit?.by(sender, other?.user)
    for (const asked of other?.asked ?? []) await this.#check(sender, asked, undefined)
    return other?.user ?? sender
  }

  async #document(
    request: IncomingMessage,
    response: ServerResponse,
    pathname: string,
    user: User,
    query: URLSearchParams,
    audit: AuditRecord | undefined,
  ): Promise<void> {
    const attributes = documentAttributes(request.method ?? 'GET', pathname)
    const { verb } = attributes
    audit?.asks(user, attributes, undefined)
    this.#options.requests.begin({ attributes, isDryRun: false, contentType: undefined }, response)
    await this.#check(user, attributes, undefined, audit)
    if (verb !== 'get' && verb !== 'head') throw methodNotAllowed()
    if (/^\/(healthz|livez|readyz)(\/(ping|log|etcd)?)?$/.test(pathname)) return this.#health(response, pathname, query.has('verbose'))
    if (pathname === '/metrics') return respondText(response, 200, await this.#options.metrics(), Registry.PROMETHEUS_CONTENT_TYPE)
    const { definitions, aggregator, minor } = this.#options
    const document = this.#documents.at({
      pathname,
      accept: request.headers.accept,
      address: this.#options.address(),
      resources: definitions.all,
      remotes: aggregator?.versions,
      minor,
    })
    if (!document) throw noSuchResource()
    sendDocument(request, response, document, { hash: query.get('hash'), now: this.#options.now() })
  }

  #health(response: ServerResponse, pathname: string, verbose: boolean): void {
    const problem = this.#options.ready()
    if (problem) respondText(response, 500, `[-]storage failed: ${problem}\nhealthz check failed\n`, 'text/plain; charset=utf-8')
    else respondText(response, 200, verbose ? verboseHealth(pathname) : 'ok', 'text/plain; charset=utf-8')
  }

  async #check(user: User, asked: Attributes, definition: ResourceDefinition | undefined, audit?: AuditRecord): Promise<void> {
    const { allowed, reason } = await this.#options.authorize(user, asked, this.#options.backend)
    audit?.decided(allowed, reason)
    if (!allowed) throw forbidden(definition, asked.name, forbiddenMessage(user, asked) + (reason ? `: ${reason}` : ''))
  }
}

/** What `?verbose` tells: each check by its name. One check alone has no more to tell than `ok`. */
function verboseHealth(pathname: string): string {
  const [, page = '', check] = pathname.split('/')
  if (check) return 'ok'
  return `${['ping', 'log', 'etcd'].map((name) => `[+]${name} ok\n`).join('')}${page} check passed\n`
}

const documentAttributes = (method: string, path: string): Attributes => ({
  verb: method.toLowerCase(),
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  path,
})

function targetOf({ url = '/' }: IncomingMessage): RequestTarget {
  try {
    return parseRequestTarget(url)
  } catch (error) {
    throw error instanceof MalformedTarget ? badRequest(error.message) : error
  }
}

/** No object has such a name (apimachinery's IsValidPathSegmentName). Throws a 400. */
function checkSegments({ namespace, name }: ResourcePath): void {
  for (const [what, value] of [
    ['Namespace', namespace],
    ['Name', name],
  ] as const) {
    const why = value === '.' || value === '..' ? `may not be '${value}'` : value.includes('%') ? "may not contain '%'" : undefined
    if (why !== undefined) throw badRequest(`${what} parameter invalid: ${JSON.stringify(value)}: ${why}`)
  }
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
