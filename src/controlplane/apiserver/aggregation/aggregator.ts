import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { encodedPath } from '../../../requests/request-target.ts'
import type { KeyPair } from '../../pki/authority.ts'
import { addressOf, NoAddress } from '../admission/webhook/address.ts'
import type { User } from '../auth/user.ts'
import type { UpgradedConnection } from '../http/request.ts'
import { respondText } from '../http/respond.ts'
import type { APIService } from '../kinds/apiregistration/api-services.ts'
import { tunnel, upgradeHeaders } from '../node/tunnel.ts'
import type { ApiBackend } from '../rest/backend.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { answeredWith, identityHeaders, passedOn } from './proxy.ts'
import { RemoteCaller, type RemotePlace } from './remote-caller.ts'
import { type RemoteVersion, readResourceList } from './remote-discovery.ts'

export const apiServiceResource = 'apiservices.apiregistration.k8s.io'

/** Another API server's group version. */
export interface Remote {
  readonly service: APIService
  readonly caller: RemoteCaller
  readonly version: RemoteVersion
}

export interface PassedRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly user: User
  /** Decoded, as it was judged; the query as it was written. */
  readonly pathname: string
  readonly rawQuery: string
  readonly upgrade?: UpgradedConnection
}

// What the aggregator asks for itself is asked for by it.
const self: User = { name: 'system:kube-aggregator', groups: ['system:masters'] }
const checkTimeoutMs = 5000
const readTimeoutMs = 30_000
/** More of a document is not read. */
const mostDocument = 8 * 1024 * 1024
const plain = 'text/plain; charset=utf-8'

/** Hands requests on to the API servers that APIServices name (kube-aggregator). */
export class Aggregator implements Disposable {
  readonly #store: ObjectStore
  readonly #identity: KeyPair
  readonly #stop: () => void
  /** By `group/version`. */
  readonly #remotes = new Map<string, Remote>()
  #versions: readonly RemoteVersion[] = []
  #reading = 0

  constructor(store: ObjectStore, backend: ApiBackend, identity: KeyPair) {
    this.#store = store
    this.#identity = identity
    this.#stop = backend.observe(apiServiceResource, ({ object, gone }) => this.#take(object as APIService, gone))
  }

  /** What other servers serve, for discovery. The same list while nothing changed. */
  get versions(): readonly RemoteVersion[] {
    return this.#versions
  }

  /** Whether this server itself waits for what another one answers. */
  get busy(): boolean {
    return this.#reading > 0
  }

  /** The server that a path leads to, if it is another one. */
  at(pathname: string): Remote | undefined {
    if (this.#remotes.size === 0) return undefined
    const [, group, version] = /^(?:\/openapi\/v3)?\/apis\/([^/]+)\/([^/]+)(?:\/|$)/.exec(pathname) ?? []
    return this.#remotes.get(`${group}/${version}`)
  }

  async serve(remote: Remote, { request, response, user, pathname, rawQuery, upgrade }: PassedRequest): Promise<void> {
    if (!remote.version.isCurrent) return respondText(response, 503, 'service unavailable\n', plain)
    let place: RemotePlace
    try {
      place = this.#placeOf(remote.service)
    } catch (error) {
      if (error instanceof NoAddress) return respondText(response, 503, 'service unavailable\n', plain)
      throw error
    }
    const { method = 'GET' } = request
    const path = encodedPath(pathname) + (rawQuery && `?${rawQuery}`)
    const headers = { ...passedOn(request.headers, user, request.socket.remoteAddress), host: hostOf(remote.service) }
    try {
      if (upgrade) {
        const answer = await remote.caller.upgrade({ place, method, path, headers: { ...headers, ...upgradeHeaders(request) }, response })
        if (answer.agreed) return await tunnel(upgrade, answer)
        response.writeHead(answer.answer.statusCode ?? 502, answeredWith(answer.answer.headers))
        return void (await pipeline(answer.answer, response).catch(() => {}))
      }
      const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
      const answer = await remote.caller.call({ place, method, path, headers, response, ...(hasBody && { body: request }) })
      response.writeHead(answer.statusCode ?? 502, answeredWith(answer.headers))
      // A watch that is still empty must not look like a server that does not answer.
      response.flushHeaders()
      await pipeline(answer, response).catch(() => {})
    } catch (error) {
      respondText(response, 503, `error trying to reach service: ${error instanceof Error ? error.message : String(error)}\n`, plain)
    }
  }

  /** What another server answers to `user`, who may ask; undefined when no APIService leads there. Throws an error in Go's words when it cannot be reached. */
  async get(pathname: string, rawQuery: string, user: User): Promise<{ readonly status: number; readonly text: string } | undefined> {
    const remote = this.at(pathname)
    if (!remote) return undefined
    if (!remote.version.isCurrent) return { status: 503, text: 'service unavailable' }
    const { service, caller } = remote
    const headers = { ...identityHeaders(user), accept: 'application/json', host: hostOf(service) }
    const path = encodedPath(pathname) + (rawQuery && `?${rawQuery}`)
    this.#reading += 1
    try {
      const answer = await caller.call({ place: this.#placeOf(service), method: 'GET', path, headers, signal: AbortSignal.timeout(readTimeoutMs) })
      return { status: answer.statusCode ?? 0, text: await textOf(answer) }
    } finally {
      this.#reading -= 1
    }
  }

  /** The JSON that another server answers at `path` to this one. Throws an error in Go's words when it does not. */
  async read(service: APIService, path: string): Promise<unknown> {
    const remote = this.#remotes.get(keyOf(service))
    if (!remote) throw new Error(`${service.metadata?.name} is no other server's`)
    const place = this.#placeOf(service)
    const shown = `https://${place.host}:${place.port}${path}`
    const signal = AbortSignal.timeout(checkTimeoutMs)
    const failed = (why: string) => new Error(`failing or missing response from ${shown}: ${why}`)
    this.#reading += 1
    try {
      const headers = { ...identityHeaders(self), accept: 'application/json', host: hostOf(service) }
      const answer = await remote.caller.call({ place, method: 'GET', path, headers, signal })
      const { statusCode = 0 } = answer
      if (statusCode < 200 || statusCode >= 300) {
        answer.resume()
        throw failed(`bad status from ${shown}: ${statusCode}`)
      }
      return JSON.parse(await textOf(answer)) as unknown
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (message.startsWith('failing or missing')) throw error
      throw failed(`Get ${JSON.stringify(shown)}: ${signal.aborted ? 'context deadline exceeded' : message}`)
    } finally {
      this.#reading -= 1
    }
  }

  /** Asks the server what it serves of an APIService's group version, which is its discovery from now on. Throws when it does not answer. */
  async discover(service: APIService): Promise<void> {
    const { group = '', version = '' } = service.spec ?? {}
    const resources = readResourceList(await this.read(service, `/apis/${group}/${version}`), group, version)
    const remote = this.#remotes.get(keyOf(service))
    if (remote) this.#set({ ...remote, version: { ...remote.version, resources } })
  }

  #take(service: APIService, gone: boolean): void {
    const { group = '', version = '', caBundle, insecureSkipTLSVerify: insecure = false } = service.spec ?? {}
    const key = keyOf(service)
    const before = this.#remotes.get(key)
    if (gone || !service.spec?.service || group === '') {
      before?.caller[Symbol.dispose]()
      if (this.#remotes.delete(key)) this.#tell()
      return
    }
    const trusted = before?.service.spec
    const isKnown = before && trusted?.caBundle === caBundle && (trusted?.insecureSkipTLSVerify ?? false) === insecure
    if (before && !isKnown) before.caller[Symbol.dispose]()
    const caller = isKnown ? before.caller : new RemoteCaller(this.#identity, { insecure, ...(caBundle && { caBundle }) })
    const isCurrent = service.status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True') === true
    this.#set({ service, caller, version: { group, version, resources: before?.version.resources ?? [], isCurrent } })
  }

  #set(remote: Remote): void {
    this.#remotes.set(keyOf(remote.service), remote)
    this.#tell()
  }

  #tell(): void {
    this.#versions = [...this.#remotes.values()]
      .sort(({ service: one }, { service: other }) => (other.spec?.groupPriorityMinimum ?? 0) - (one.spec?.groupPriorityMinimum ?? 0))
      .map(({ version }) => version)
  }

  #placeOf({ spec }: APIService): RemotePlace {
    const { namespace = '', name = '', port = 443 } = spec?.service ?? {}
    return addressOf({ service: { namespace, name, port } }, { store: this.#store })
  }

  [Symbol.dispose](): void {
    this.#stop()
    for (const { caller } of this.#remotes.values()) caller[Symbol.dispose]()
    this.#remotes.clear()
  }
}

const keyOf = ({ spec }: APIService) => `${spec?.group ?? ''}/${spec?.version ?? ''}`
const hostOf = ({ spec }: APIService) => `${spec?.service?.name}.${spec?.service?.namespace}.svc:${spec?.service?.port ?? 443}`

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostDocument) throw new Error('http: response body too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
