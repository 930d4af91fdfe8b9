import type { User } from '../controlplane/apiserver/auth/user.ts'
import { parseResourcePath } from '../controlplane/apiserver/http/path.ts'
import { resourceName } from '../controlplane/apiserver/resource.ts'
import type { ApiBackend, DeleteOptions, ObjectRef } from '../controlplane/apiserver/rest/backend.ts'
import { asJson, copyJson } from '../json/copy.ts'
import { KubeError, type ListResult, type PatchType, type RequestOptions, type WatchEvent } from '../kube/client.ts'
import type { HttpKubeClient } from '../kube/http-client.ts'
import type { KubeObject } from '../kube/objects.ts'
import { resourceOf } from '../kube/resource-of.ts'
import type { Link } from './link.ts'

/**
 * A client of the API server in the same process: no sockets, so that a test's clock knows when all is quiet, and nodes by the hundred are cheap.
 * Each answer is the caller's own copy, as from the wire.
 */
export class BackendClient implements HttpKubeClient {
  readonly server = 'in-process'
  readonly calls = new Map<string, number>()
  readonly #backend: ApiBackend
  readonly #user: User
  readonly #link: Link
  readonly #closed = new AbortController()

  constructor(backend: ApiBackend, user: User, link: Link) {
    this.#backend = backend
    this.#user = user
    this.#link = link
  }

  get<T extends KubeObject>(path: string, { signal }: RequestOptions = {}): Promise<T> {
    return this.#do('GET', path, signal, ({ ref }) => this.#backend.get(ref))
  }

  list<T extends KubeObject>(path: string, { query, signal }: RequestOptions = {}): Promise<ListResult<T>> {
    return this.#do('GET', path, signal, async ({ ref }) => {
      const { items, resourceVersion } = await this.#backend.list(ref, query)
      return { items: [...items], resourceVersion }
    })
  }

  create<T extends KubeObject>(path: string, object: unknown, { signal }: RequestOptions = {}): Promise<T> {
    return this.#do('POST', path, signal, ({ ref, subresource }) =>
      subresource
        ? this.#backend.createSubresource(ref, subresource, plain(object), { user: this.#user })
        : this.#backend.create(ref, plain(object), { user: this.#user }),
    )
  }

  update<T extends KubeObject>(path: string, object: unknown, { signal }: RequestOptions = {}): Promise<T> {
    return this.#do('PUT', path, signal, ({ ref, subresource }) => this.#backend.update(ref, plain(object), { user: this.#user, subresource }))
  }

  patch<T extends KubeObject>(path: string, type: PatchType, patch: unknown, { signal }: RequestOptions = {}): Promise<T> {
    return this.#do('PATCH', path, signal, ({ ref, subresource }) => this.#backend.patch(ref, type, plain(patch), { user: this.#user, subresource }))
  }

  async delete(path: string, body?: unknown, { signal }: RequestOptions = {}): Promise<void> {
    await this.#do('DELETE', path, signal, ({ ref }) =>
      this.#backend.delete(ref, body === undefined ? {} : (plain(body) as DeleteOptions), { user: this.#user }),
    )
  }

  async *watch<T extends KubeObject>(path: string, { query, signal }: RequestOptions = {}): AsyncGenerator<WatchEvent<T>> {
    const { ref } = await this.#do<Target>('WATCH', path, signal, async (target) => target)
    const { down } = this.#link
    const ends = AbortSignal.any([down, this.#closed.signal, ...(signal ? [signal] : [])])
    for await (const event of this.#backend.watch(ref, { ...query, signal: ends })) {
      await this.#link.pass(signal)
      yield { type: event.type, object: copyJson(event.object) } as unknown as WatchEvent<T>
    }
    down.throwIfAborted()
    signal?.throwIfAborted()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new KubeError('the client is closed', 0, 'Closed'))
  }

  async #do<T>(verb: string, path: string, signal: AbortSignal | undefined, call: (target: Target) => Promise<unknown>): Promise<T> {
    const key = `${verb} ${resourceOf(path)}`
    this.calls.set(key, (this.calls.get(key) ?? 0) + 1)
    const target = targetOf(path)
    this.#closed.signal.throwIfAborted()
    return copyJson(await this.#link.request(() => call(target), signal)) as T
  }
}

interface Target {
  readonly ref: ObjectRef
  readonly subresource: string | undefined
}

function targetOf(path: string): Target {
  const parsed = parseResourcePath(path)
  if (!parsed) throw new KubeError(`${path} is no path of a resource`, 404, 'NotFound')
  return { ref: { resource: resourceName(parsed), namespace: parsed.namespace, name: parsed.name }, subresource: parsed.subresource || undefined }
}

/** Without what JSON leaves out, and the server's own from now on. */
const plain = (value: unknown): KubeObject => asJson(value) as KubeObject
