import type { Agent, Dispatcher } from 'undici'
import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { type KubeClient, KubeError, type ListResult, type PatchType, type RequestOptions, type WatchEvent } from './client.ts'
import { Connections, unusable } from './connections.ts'
import { accessFromKubeconfig, accessFromKubeconfigText, accessWithoutCredentials, type ServerAccess } from './credentials.ts'
import type { KubeObject } from './objects.ts'
import { RateLimit } from './rate-limit.ts'
import type { RequestObserver } from './request-observer.ts'
import { garbled, refusal, unreached } from './status-error.ts'

export interface KubeClientOptions {
  /** One of the four: how to reach it, a kubeconfig's path, its text (with no relative paths in it), or a server's URL. */
  readonly access?: ServerAccess
  readonly kubeconfigPath?: string
  readonly kubeconfig?: string
  readonly server?: string
  /** Requests a second; 0 for no limit. */
  readonly qps: number
  readonly burst: number
  readonly userAgent: string
  readonly log: Logger
  readonly clock: Clock
  /** For one request that is no watch. Default 30 s. */
  readonly timeoutMs?: number
  readonly observer?: RequestObserver
}

/** A client with what it holds: connections, until disposed. */
export interface HttpKubeClient extends KubeClient, AsyncDisposable {
  readonly server: string
  /** Requests so far, by `VERB resource`. */
  readonly calls: ReadonlyMap<string, number>
}

/** Tries of one request that the server put off with 429. */
const patience = 5
/** Longer than this a request does not wait for a server that put it off; its caller hears of it instead. */
const longestWaitMs = 60_000
/** A list is read in pages of this many, as reflectors do. */
const pageSize = 500
/** Requests at once, each on its own connection. */
const parallel = 16

/** Makes a client; reads the kubeconfig at once. Throws a one-line error when that cannot be used. */
export function createKubeClient(options: KubeClientOptions): HttpKubeClient {
  return new Client(accessOf(options), options)
}

function accessOf({ access, kubeconfigPath, kubeconfig, server, clock }: KubeClientOptions): ServerAccess {
  if (access) return access
  if (kubeconfigPath !== undefined) return accessFromKubeconfig(kubeconfigPath, clock)
  if (kubeconfig !== undefined) return accessFromKubeconfigText(kubeconfig, clock)
  return accessWithoutCredentials(server ?? '')
}

class Client implements HttpKubeClient {
  readonly server: string
  readonly calls = new Map<string, number>()
  readonly #access: ServerAccess
  readonly #options: KubeClientOptions
  readonly #limit: RateLimit
  readonly #connections: Connections
  readonly #host: string

  constructor(access: ServerAccess, options: KubeClientOptions) {
    this.server = access.server.replace(/\/$/, '')
    this.#access = access
    this.#options = options
    this.#limit = new RateLimit(options.clock, options.qps, options.burst)
    this.#connections = new Connections(access, parallel)
    this.#host = URL.canParse(this.server) ? new URL(this.server).host : this.server
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
    await this.#turn('GET', options.signal)
    const query: Record<string, string> = { watch: '1', allowWatchBookmarks: 'true', ...options.query }
    // The server ends a watch after timeoutSeconds; one that is silent for longer than that is dead.
    const silenceMs = query.timeoutSeconds === undefined ? 0 : (Number(query.timeoutSeconds) + 30) * 1000
    const response = await this.#send('GET', path, { ...options, query }, undefined, undefined, await this.#connections.watches(), silenceMs)
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
          if (line.trim() !== '') yield this.#parse<WatchEvent<T>>(line)
        }
        rest = rest.slice(from)
      }
    } catch (cause) {
      if (cause instanceof KubeError) throw cause
      throw options.signal?.aborted ? options.signal.reason : unreached(this.server, cause)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connections[Symbol.asyncDispose]()
  }

  async #json<T>(method: Dispatcher.HttpMethod, path: string, options: RequestOptions = {}, body?: unknown, type?: string): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      this.#count(method, path)
      await this.#turn(method, options.signal)
      const timeoutMs = this.#options.timeoutMs ?? 30_000
      const began = this.#options.clock.monotonic()
      const response = await this.#send(method, path, options, body, type, await this.#connections.requests(), timeoutMs)
      const text = await response.body.text().catch((cause: unknown) => {
        throw options.signal?.aborted ? options.signal.reason : unreached(this.server, cause)
      })
      this.#options.observer?.took(this.#host, method, (this.#options.clock.monotonic() - began) / 1000)
      if (response.statusCode < 300) return (text === '' ? undefined : this.#parse(text)) as T
      const error = refusal(response.statusCode, text, header(response, 'retry-after'))
      const waitMs = error.retryAfterMs ?? 1000
      if (error.code !== 429 || tries >= patience || waitMs > longestWaitMs) throw error
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
    const credentials = await this.#access.headers().catch((cause: unknown) => {
      throw unusable(cause)
    })
    try {
      const response = await agent.request({
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
          ...credentials,
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
      this.#options.observer?.answered(this.#host, method, response.statusCode)
      return response
    } catch (cause) {
      if (options.signal?.aborted) throw options.signal.reason
      this.#options.observer?.answered(this.#host, method, undefined)
      throw unreached(this.server, cause)
    }
  }

  /** Waits until the limit on requests a second lets one through. */
  async #turn(method: string, signal: AbortSignal | undefined): Promise<void> {
    const began = this.#options.clock.monotonic()
    await this.#limit.take(signal)
    this.#options.observer?.waited(this.#host, method, (this.#options.clock.monotonic() - began) / 1000)
  }

  /** A proxy in between may answer 200 with a page of its own. */
  #parse<T>(text: string): T {
    try {
      return JSON.parse(text) as T
    } catch (cause) {
      throw garbled(this.server, cause)
    }
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
