import { type KubeClient, KubeError, type ListResult, type RequestOptions, type WatchEvent } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/objects.ts'

export interface Call {
  readonly method: 'GET' | 'LIST' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'WATCH'
  readonly path: string
  readonly body?: unknown
  readonly query?: Readonly<Record<string, string>>
}

type Answer = unknown | ((call: Call) => unknown)

/** What the server says next to a watch: an event, its end, or that it broke. */
type Said = WatchEvent<KubeObject> | 'end' | KubeError

/** A watch that the test speaks through. */
export class ScriptedWatch {
  readonly #said: Said[] = []
  #wake: (() => void) | undefined

  say(...said: Said[]): void {
    this.#said.push(...said)
    this.#wake?.()
  }

  async *events(signal?: AbortSignal): AsyncGenerator<WatchEvent<KubeObject>> {
    const wake = () => this.#wake?.()
    signal?.addEventListener('abort', wake)
    try {
      for (;;) {
        if (signal?.aborted) throw signal.reason
        const next = this.#said.shift()
        if (next === 'end') return
        if (next instanceof KubeError) throw next
        if (next) yield next
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal?.removeEventListener('abort', wake)
    }
  }
}

/**
 * An API server's answers, one after the other: for each `METHOD path-pattern` a list, the last of which is repeated.
 * An answer that is a KubeError is thrown; a function makes the answer. What is not scripted is 404.
 */
export class ScriptedClient implements KubeClient {
  readonly calls: Call[] = []
  readonly #answers: { readonly method: Call['method']; readonly path: RegExp; readonly answers: Answer[] }[] = []

  on(method: Call['method'], path: RegExp, ...answers: Answer[]): this {
    this.#answers.unshift({ method, path, answers })
    return this
  }

  of(method: Call['method'], path = /./): Call[] {
    return this.calls.filter((call) => call.method === method && path.test(call.path))
  }

  get<T extends KubeObject>(path: string): Promise<T> {
    return this.#answer({ method: 'GET', path })
  }

  async list<T extends KubeObject>(path: string, options: RequestOptions = {}): Promise<ListResult<T>> {
    const answer = await this.#answer<T[] | ListResult<T>>({ method: 'LIST', path, query: options.query })
    return Array.isArray(answer) ? { items: answer, resourceVersion: '1' } : answer
  }

  create<T extends KubeObject>(path: string, body: unknown): Promise<T> {
    return this.#answer({ method: 'POST', path, body })
  }

  update<T extends KubeObject>(path: string, body: unknown): Promise<T> {
    return this.#answer({ method: 'PUT', path, body })
  }

  patch<T extends KubeObject>(path: string, _type: string, body: unknown): Promise<T> {
    return this.#answer({ method: 'PATCH', path, body })
  }

  async delete(path: string, body?: unknown): Promise<void> {
    await this.#answer({ method: 'DELETE', path, body })
  }

  async *watch<T extends KubeObject>(path: string, options: RequestOptions = {}): AsyncGenerator<WatchEvent<T>> {
    const answer = await this.#answer<ScriptedWatch>({ method: 'WATCH', path, query: options.query })
    yield* answer.events(options.signal) as AsyncGenerator<WatchEvent<T>>
  }

  async #answer<T>(call: Call): Promise<T> {
    this.calls.push(structuredClone(call))
    const script = this.#answers.find(({ method, path }) => method === call.method && path.test(call.path))
    const answer = script && (script.answers.length > 1 ? script.answers.shift() : script.answers[0])
    const value = typeof answer === 'function' ? await answer(call) : answer
    if (!script) throw refused(404)
    if (value instanceof Error) throw value
    return value as T
  }
}

const reasons: Readonly<Record<number, string>> = {
  0: 'Unreachable',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
}

/** The server's refusal, or its absence (0). */
export const refused = (code: number, message = `answer ${code}`, options: { reason?: string; retryAfterMs?: number } = {}): KubeError =>
  new KubeError(message, code, options.reason ?? reasons[code] ?? 'Unknown', { retryAfterMs: options.retryAfterMs })
