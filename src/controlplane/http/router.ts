import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Logger } from '../../base/log.ts'
import { KubeError } from '../../kube/client.ts'
import { impersonationOf } from '../auth/impersonate.ts'
import { type Attributes, forbiddenMessage, type User } from '../auth/user.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { ApiBackend } from '../rest/backend.ts'
import type { DefinitionIndex } from '../rest/environment.ts'
import { forbidden, noSuchResource, unauthorized } from '../rest/status-errors.ts'
import { documentAt } from './documents.ts'
import { parseResourcePath, type ResourcePath } from './path.ts'
import { flag, type ResourceRequest, type UpgradedConnection } from './request.ts'
import type { ResourceHandler } from './resource-handler.ts'
import { respond, respondError, respondText } from './respond.ts'

/** What a connection shows of who it is. */
export interface Credentials {
  /** Of the client certificate, when the server's CA signed it. */
  readonly subject?: { readonly CN?: string | string[]; readonly O?: string | string[] }
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
  readonly authenticate: Authenticate
  readonly authorize: Authorize
  readonly nodeProxy?: NodeProxy
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

  constructor(options: RouterOptions) {
    this.#options = options
  }

  async serve(request: IncomingMessage, response: ServerResponse, upgrade?: UpgradedConnection): Promise<void> {
    try {
      await this.#route(request, response, upgrade)
    } catch (error) {
      if (!(error instanceof KubeError))
        this.#options.log.error('a request failed', { method: request.method, path: request.url?.split('?')[0], error: stackOf(error) })
      respondError(response, error)
      // A refused body is not read to its end, so the connection is of no more use.
      if (!request.complete) response.once('finish', () => request.destroy())
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, upgrade: UpgradedConnection | undefined): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server')
    const user = await this.#userOf(request)
    const path = parseResourcePath(url.pathname)
    const definition = path && this.#options.definitions.at(path.group, path.version, path.resource)
    if (!path) return this.#document(request, response, url.pathname, user)
    if (!definition) throw noSuchResource()
    await this.#check(user, attributesOf(request, url.searchParams, path, definition), definition)
    const asked: ResourceRequest = { request, response, query: url.searchParams, path, definition, user, ...(upgrade && { upgrade }) }
    if (!connected.has(path.subresource)) return this.#options.resources.handle(asked)
    if (!definition.subresources?.some(({ name }) => name === path.subresource) || !this.#options.nodeProxy) throw noSuchResource()
    return this.#options.nodeProxy(asked, this.#options.backend)
  }

  async #userOf(request: IncomingMessage): Promise<User> {
    const sender = await this.#options.authenticate(credentialsOf(request), this.#options.backend, this.#options.now())
    if (!sender) throw unauthorized()
    const other = impersonationOf(request.headers)
    for (const asked of other?.asked ?? []) await this.#check(sender, asked, undefined)
    return other?.user ?? sender
  }

  async #document(request: IncomingMessage, response: ServerResponse, pathname: string, user: User): Promise<void> {
    const verb = (request.method ?? 'GET').toLowerCase()
    await this.#check(user, { verb, group: '', resource: '', subresource: '', namespace: '', name: '', path: pathname }, undefined)
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(pathname)) return this.#health(response)
    const document = documentAt(pathname, request.headers.accept, this.#options.address(), this.#options.definitions.all)
    if (!document) throw noSuchResource()
    respond(response, 200, document.body, { format: 'json', contentType: document.contentType })
  }

  #health(response: ServerResponse): void {
    const problem = this.#options.ready()
    if (problem) respondText(response, 500, `[-]storage failed: ${problem}\nhealthz check failed\n`, 'text/plain; charset=utf-8')
    else respondText(response, 200, 'ok', 'text/plain; charset=utf-8')
  }

  async #check(user: User, asked: Attributes, definition: ResourceDefinition | undefined): Promise<void> {
    const { allowed, reason } = await this.#options.authorize(user, asked, this.#options.backend)
    if (!allowed) throw forbidden(definition, asked.name, forbiddenMessage(user, asked) + (reason ? `: ${reason}` : ''))
  }
}

function credentialsOf({ socket, headers }: IncomingMessage): Credentials {
  const tls = socket as Partial<TLSSocket>
  const subject = tls.authorized ? tls.getPeerCertificate?.().subject : undefined
  if (subject) return { subject }
  const bearerToken = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return bearerToken === undefined ? {} : { bearerToken }
}

const writes: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch' }

function attributesOf({ method = 'GET' }: IncomingMessage, query: URLSearchParams, path: ResourcePath, { group, resource }: ResourceDefinition): Attributes {
  const { namespace, subresource } = path
  // A list or watch of one object by name counts as one of that object.
  const selected = path.name ? undefined : /^metadata\.name==?([^,]+)$/.exec(query.get('fieldSelector') ?? '')?.[1]
  const name = path.name || selected || ''
  const watching = path.watch || (!path.name && flag(query, 'watch'))
  const verb =
    writes[method] ?? (method === 'DELETE' ? (path.name ? 'delete' : 'deletecollection') : path.name && !watching ? 'get' : watching ? 'watch' : 'list')
  // The name of a namespace is its own namespace too, as the real server has it.
  return { verb, group, resource, subresource, namespace: resource === 'namespaces' ? name : namespace, name }
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
