import type { Agent, Dispatcher } from 'undici'
import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { writeJson } from '../json/exact.ts'
import { readAnswer, readObject, readPage, unusable } from './answers/answer.ts'
import { answerLimit, lineLimit, readLines, readText, TooLarge } from './answers/body.ts'
import { ListPages } from './answers/list-pages.ts'
import { type KubeClient, KubeError, type ListResult, type PatchType, type RequestOptions, type WatchEvent } from './client.ts'
import { Connections, withoutCredentials } from './connections.ts'
import { accessFromKubeconfig, accessFromKubeconfigText, accessWithoutCredentials, type ServerAccess } from './credentials.ts'
import type { KubeObject } from './objects.ts'
import type { Outage } from './outage.ts'
import { RateLimit } from './rate-limit.ts'
import type { RequestObserver } from './request-observer.ts'
import { resourceOf } from './resource-of.ts'
import { ServerView } from './server-view.ts'
import { refusal, unreached } from './status-error.ts'

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
  /** Of clients of the same server; absent: of its own. */
  readonly view?: ServerView
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
/** Refusals are short. */
const errorLimit = 1024 * 1024
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
  readonly view: ServerView
  readonly #access: ServerAccess
  readonly #options: KubeClientOptions
  readonly #limit: RateLimit
  readonly #connections: Connections
  readonly #host: string

  constructor(access: ServerAccess, options: KubeClientOptions) {
    this.server = access.server.replace(/\/$/, '')
    this.#access = access
    this.#options = options
    this.view = options.view ?? new ServerView(options.clock)
    this.#limit = new RateLimit(options.clock, options.qps, options.burst)
    this.#connections = new Connections(access, parallel)
    this.#host = URL.canParse(this.server) ? new URL(this.server).host : this.server
  }

  async get<T extends KubeObject>(path: string, options?: RequestOptions): Promise<T> {
    return this.#object<T>('GET', path, await this.#text('GET', path, options))
  }

  async list<T extends KubeObject>(path: string, options: RequestOptions = {}): Promise<ListResult<T>> {
    const pages = new ListPages(`${this.server}${path}`, this.#options.clock)
    for (;;) {
      const query: Record<string, string> = { limit: String(pages.limit), ...options.query, ...(pages.next === undefined ? {} : { continue: pages.next }) }
      try {
        const text = await this.#text('GET', path, { ...options, query })
        pages.add(
          this.#usable('reads', () => readPage(`GET ${path}`, path, text)),
          text.length,
        )
      } catch (error) {
        if (!pages.smaller(error)) throw error
        continue
      }
      if (pages.next === undefined) return { items: pages.items as T[], resourceVersion: pages.resourceVersion }
    }
  }

  async create<T extends KubeObject>(path: string, object: unknown, options?: RequestOptions): Promise<T> {
    return this.#object<T>('POST', path, await this.#text('POST', path, options, object, 'application/json'))
  }

  async update<T extends KubeObject>(path: string, object: unknown, options?: RequestOptions): Promise<T> {
    return this.#object<T>('PUT', path, await this.#text('PUT', path, options, object, 'application/json'))
  }

  async patch<T extends KubeObject>(path: string, type: PatchType, patch: unknown, options?: RequestOptions): Promise<T> {
    return this.#object<T>('PATCH', path, await this.#text('PATCH', path, options, patch, type))
  }

  async delete(path: string, body?: unknown, options?: RequestOptions): Promise<void> {
    // The object as it was, or a Status: of no use either way, unless it says that nothing was deleted.
    const text = await this.#text('DELETE', path, options, body, 'application/json')
    if (text !== '') this.#usable('writes', () => readAnswer(`DELETE ${path}`, text))
  }

  async *watch<T extends KubeObject>(path: string, options: RequestOptions = {}): AsyncGenerator<WatchEvent<T>> {
    this.#count('WATCH', path)
    await this.#turn('GET', options.signal)
    const query: Record<string, string> = { watch: '1', allowWatchBookmarks: 'true', ...options.query }
    // The server ends a watch after timeoutSeconds; one that is silent for longer than that is dead.
    const silenceMs = query.timeoutSeconds === undefined ? 0 : (Number(query.timeoutSeconds) + 30) * 1000
    const response = await this.#send('GET', path, { ...options, query }, undefined, undefined, await this.#connections.watches(), silenceMs)
    if (response.statusCode !== 200) throw this.#refusal(response, await this.#read('GET', response, errorLimit, options.signal))
    this.view.reads.answered()
    try {
      for await (const line of readLines(response.body, lineLimit)) {
        const event = readAnswer(`WATCH ${path}`, line)
        if (typeof event.type !== 'string') throw unusable(`WATCH ${path}`, 'an event has no type')
        yield event as unknown as WatchEvent<T>
      }
    } catch (cause) {
      if (options.signal?.aborted) throw options.signal.reason
      this.view.reads.failed()
      throw cause instanceof KubeError ? cause : cause instanceof TooLarge ? unusable(`WATCH ${path}`, cause.message, cause) : unreached(this.server, cause)
    }
  }

  refused(path: string): void {
    this.#options.observer?.refused?.(resourceOf(path))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connections[Symbol.asyncDispose]()
  }

  get #timeoutMs(): number {
    return this.#options.timeoutMs ?? 30_000
  }

  /** The body of an answer that is no refusal. */
  async #text(method: Dispatcher.HttpMethod, path: string, options: RequestOptions = {}, body?: unknown, type?: string): Promise<string> {
    for (let tries = 1; ; tries += 1) {
      this.#count(method, path)
      await this.#turn(method, options.signal)
      const began = this.#options.clock.monotonic()
      const response = await this.#send(method, path, options, body, type, await this.#connections.requests(), this.#timeoutMs)
      const text = await this.#read(method, response, response.statusCode < 300 ? answerLimit : errorLimit, options.signal)
      this.#options.observer?.took(this.#host, method, (this.#options.clock.monotonic() - began) / 1000)
      if (response.statusCode < 300) {
        this.#outage(method).answered()
        return text
      }
      const error = this.#refusal(response, text)
      this.#outage(method)[error.code === 0 || error.code >= 500 ? 'failed' : 'answered']()
      const waitMs = error.retryAfterMs ?? 1000
      if (error.code !== 429 || tries >= patience || waitMs > longestWaitMs) throw error
      this.#limit.block(waitMs)
      await sleep(this.#options.clock, waitMs, options.signal)
    }
  }

  /** All of a body, if it comes within the time and is no larger than it may be. */
  async #read(method: Dispatcher.HttpMethod, response: Dispatcher.ResponseData, limit: number, signal: AbortSignal | undefined): Promise<string> {
    const withinMs = this.#timeoutMs
    const encoding = header(response, 'content-encoding')
    // It is told by who reads; nobody may be reading when it breaks.
    response.body.on('error', () => {})
    const timer = this.#options.clock.setTimer(withinMs, () => response.body.destroy(new Error(`the answer was not complete after ${withinMs / 1000} s`)))
    try {
      // It was not asked for, and what it unpacks to may have any size.
      if (encoding !== undefined && encoding !== 'identity') throw new TooLarge(`the answer is encoded as ${encoding.slice(0, 20)}`)
      return await readText(response.body, limit)
    } catch (cause) {
      response.body.destroy()
      if (signal?.aborted) throw signal.reason
      this.#outage(method).failed()
      throw cause instanceof TooLarge ? unusable(`a request to ${this.server}`, cause.message, cause) : unreached(this.server, cause)
    } finally {
      timer.cancel()
    }
  }

  #refusal(response: Dispatcher.ResponseData, text: string): KubeError {
    const { statusCode } = response
    const to = header(response, 'location')
    // An API server sends nobody away; following would show the node's credentials to somebody else.
    if (statusCode < 400) return unusable(`a request to ${this.server}`, `it is ${statusCode}${to === undefined ? '' : `, a redirect to ${to.slice(0, 200)}`}`)
    return refusal(statusCode, text, header(response, 'retry-after'), this.#options.clock.wall())
  }

  #object<T>(method: Dispatcher.HttpMethod, path: string, text: string): T {
    return this.#usable(method === 'GET' ? 'reads' : 'writes', () => readObject(`${method} ${path}`, path, text)) as T
  }

  #usable<T>(what: 'reads' | 'writes', read: () => T): T {
    try {
      return read()
    } catch (error) {
      this.view[what].failed()
      throw error
    }
  }

  #outage(method: Dispatcher.HttpMethod): Outage {
    return method === 'GET' ? this.view.reads : this.view.writes
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
      throw withoutCredentials(cause)
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
        body: body === undefined ? null : writeJson(body),
      })
      this.#options.observer?.answered(this.#host, method, response.statusCode)
      return response
    } catch (cause) {
      if (options.signal?.aborted) throw options.signal.reason
      this.#options.observer?.answered(this.#host, method, undefined)
      this.#outage(method).failed()
      throw unreached(this.server, cause)
    }
  }

  /** Waits until the limit on requests a second lets one through. */
  async #turn(method: string, signal: AbortSignal | undefined): Promise<void> {
    const began = this.#options.clock.monotonic()
    await this.#limit.take(signal)
    this.#options.observer?.waited(this.#host, method, (this.#options.clock.monotonic() - began) / 1000)
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
