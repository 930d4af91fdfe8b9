import { Agent, type Dispatcher } from 'undici'
import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { KubeClient, ListResult, PatchType, RequestOptions, WatchEvent } from './client.ts'
import { accessFromKubeconfig, accessWithoutCredentials, type ServerAccess } from './credentials.ts'
import type { KubeObject } from './objects.ts'
import { RateLimit } from './rate-limit.ts'
import { refusal, unreached } from './status-error.ts'

export interface KubeClientOptions {
  /** One of the two. */
  readonly kubeconfigPath?: string
  readonly server?: string
  /** Requests a second; 0 for no limit. */
  readonly qps: number
  readonly burst: number
  readonly userAgent: string
  readonly log: Logger
  readonly clock: Clock
  /** For one request that is no watch. Default 30 s. */
  readonly timeoutMs?: number
}

/** A client with what it holds: connections, until disposed. */
export interface HttpKubeClient extends KubeClient, AsyncDisposable {
  readonly server: string
  /** Requests so far, by `VERB resource`. */
  readonly calls: ReadonlyMap<string, number>
}

/** Tries of one request that the server put off with 429. */
const patience = 5
/** A list is read in pages of this many, as reflectors do. */
const pageSize = 500

/** Makes a client; reads the kubeconfig at once. Throws a one-line error when that cannot be used. */
export function createKubeClient(options: KubeClientOptions): HttpKubeClient {
  const access =
    options.kubeconfigPath === undefined ? accessWithoutCredentials(options.server ?? '') : accessFromKubeconfig(options.kubeconfigPath, options.clock)
  return new Client(access, options)
}

class Client implements HttpKubeClient {
  readonly server: string
  readonly calls = new Map<string, number>()
  readonly #access: ServerAccess
  readonly #options: KubeClientOptions
  readonly #limit: RateLimit
  #tlsKey = ''
  #requests: Agent | undefined
  #watches: Agent | undefined

  constructor(access: ServerAccess, options: KubeClientOptions) {
    this.server = access.server.replace(/\/$/, '')
    this.#access = access
    this.#options = options
    this.#limit = new RateLimit(options.clock, options.qps, options.burst)
  }

  get<T extends KubeObject>(path: string, options?: RequestOptions): Promise<T> {
    return this.#json<T>('GET', path, options)
  }

  async list<T extends KubeObject>(path: string, options: RequestOptions = {}): Promise<ListResult<T>> {
    const items: T[] = []
    let next: string | undefined
    for (;;) {
      const query: Record<string, string> = { limit: String(pageSize), ...options.query, ...(next === undefined ? {} : { continue: next }) }
      const page = await this.#json<{ metadata?: { resourceVersion?: string; continue?: string }; items?: T[] }>('GET', path, { ...options, query })
      for (const item of page.items ?? []) items.push(item)
      next = page.metadata?.continue || undefined
      if (next === undefined) return { items, resourceVersion: page.metadata?.resourceVersion ?? '' }
    }
  }

  create<T extends KubeObject>(path: string, object: unknown, options?: RequestOptions): Promise<T> {
    return this.#json<T>('POST', path, options, object, 'application/json')
  }

  update<T extends KubeObject>(path: string, object: unknown, options?: RequestOptions): Promise<T> {
    return this.#json<T>('PUT', path, options, object, 'application/json')
  }

  patch<T extends KubeObject>(path: string, type: PatchType, patch: unknown, options?: RequestOptions): Promise<T> {
    return this.#json<T>('PATCH', path, options, patch, type)
  }

  async delete(path: string, body?: unknown, options?: RequestOptions): Promise<void> {
    await this.#json('DELETE', path, options, body, 'application/json')
  }

  async *watch<T extends KubeObject>(path: string, options: RequestOptions = {}): AsyncGenerator<WatchEvent<T>> {
    this.#count('WATCH', path)
    await this.#limit.take(options.signal)
    const query: Record<string, string> = { watch: '1', allowWatchBookmarks: 'true', ...options.query }
    // The server ends a watch after timeoutSeconds; one that is silent for longer than that is dead.
    const silenceMs = query.timeoutSeconds === undefined ? 0 : (Number(query.timeoutSeconds) + 30) * 1000
    const response = await this.#send('GET', path, { ...options, query }, undefined, undefined, await this.#agent('watches'), silenceMs)
    if (response.statusCode !== 200) throw refusal(response.statusCode, await response.body.text(), header(response, 'retry-after'))
    let rest = ''
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body) {
        rest += decoder.decode(chunk as Uint8Array, { stream: true })
        let from = 0
        for (let end = rest.indexOf('\n', from); end >= 0; end = rest.indexOf('\n', from)) {
          const line = rest.slice(from, end)
          from = end + 1
          if (line.trim() !== '') yield JSON.parse(line) as WatchEvent<T>
        }
        rest = rest.slice(from)
      }
    } catch (cause) {
      throw options.signal?.aborted ? options.signal.reason : unreached(this.server, cause)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#requests?.destroy(), this.#watches?.destroy()])
  }

  async #json<T>(method: Dispatcher.HttpMethod, path: string, options: RequestOptions = {}, body?: unknown, type?: string): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      this.#count(method, path)
      await this.#limit.take(options.signal)
      const timeoutMs = this.#options.timeoutMs ?? 30_000
      const response = await this.#send(method, path, options, body, type, await this.#agent('requests'), timeoutMs)
      const text = await response.body.text().catch((cause: unknown) => {
        throw unreached(this.server, cause)
      })
      if (response.statusCode < 300) return (text === '' ? undefined : JSON.parse(text)) as T
      const error = refusal(response.statusCode, text, header(response, 'retry-after'))
      if (error.code !== 429 || tries >= patience || error.reason === 'DisruptionBudget') throw error
      const waitMs = error.retryAfterMs ?? 1000
      this.#limit.block(waitMs)
      await sleep(this.#options.clock, waitMs, options.signal)
    }
  }

  async #send(
    method: Dispatcher.HttpMethod,
    path: string,
    options: RequestOptions,
    body: unknown,
    type: string | undefined,
    agent: Agent,
    timeoutMs: number,
  ): Promise<Dispatcher.ResponseData> {
    const search = options.query === undefined ? '' : `?${new URLSearchParams(options.query)}`
    try {
      return await agent.request({
        origin: this.server,
        path: `${path}${search}`,
        method,
        signal: options.signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        headers: {
          accept: 'application/json',
          'user-agent': this.#options.userAgent,
          ...(type === undefined || body === undefined ? {} : { 'content-type': type }),
          ...(await this.#access.headers()),
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
    } catch (cause) {
      throw options.signal?.aborted ? options.signal.reason : unreached(this.server, cause)
    }
  }

  /** Watches have connections of their own, so that they never starve requests. A changed certificate makes new ones. */
  async #agent(which: 'requests' | 'watches'): Promise<Agent> {
    const tls = await this.#access.tls()
    const key = `${String(tls.cert)}${String(tls.key)}${String(tls.ca)}`
    if (!this.#requests || !this.#watches || key !== this.#tlsKey) {
      void this.#requests?.close()
      void this.#watches?.close()
      const connect = { ...tls, keepAlive: true, timeout: 10_000 }
      this.#tlsKey = key
      this.#requests = new Agent({ connect, connections: 16, pipelining: 1, keepAliveTimeout: 60_000 })
      this.#watches = new Agent({ connect, connections: null, pipelining: 1 })
    }
    return which === 'requests' ? this.#requests : this.#watches
  }

  #count(method: string, path: string): void {
    const key = `${method} ${resourceOf(path)}`
    this.calls.set(key, (this.calls.get(key) ?? 0) + 1)
  }
}

const header = (response: Dispatcher.ResponseData, name: string): string | undefined => {
  const value = response.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** `/api/v1/namespaces/a/pods/p/status` → `pods/status`. */
export function resourceOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3)
  const own = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest
  return own.length > 2 ? `${own[0]}/${own[2]}` : (own[0] ?? path)
}
