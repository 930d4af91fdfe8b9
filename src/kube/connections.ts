import { createSecureContext } from 'node:tls'
import type { Agent } from 'undici'
import { KubeError } from './client.ts'
import type { ServerAccess } from './credentials.ts'

/** client-go asks after a silent connection within about 45 s; Linux gives a dead peer up 10 s after the first probe (Node: 10 probes, 1 s apart). */
const probeAfterMs = 30_000
const connectMs = 10_000
/** Below a kube-apiserver's own 90 s, so that a request never meets a connection that is being closed. */
const idleMs = 60_000

let undici: Promise<typeof import('undici')> | undefined

interface Pools {
  readonly key: string
  readonly requests: Agent
  readonly watches: Agent
}

/**
 * Connections to one API server, HTTP/1.1 kept alive. Watches have their own, one each, so that they never starve requests.
 * A certificate that changed on disk makes new connections; what runs on the old ones comes to its end there.
 */
export class Connections implements AsyncDisposable {
  readonly #access: ServerAccess
  /** Requests at once. */
  readonly #parallel: number
  #pools: Pools | undefined
  readonly #retired = new Set<Agent>()

  constructor(access: ServerAccess, parallel: number) {
    this.#access = access
    this.#parallel = parallel
  }

  async requests(): Promise<Agent> {
    return (await this.#current()).requests
  }

  async watches(): Promise<Agent> {
    return (await this.#current()).watches
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const agents = [...this.#retired, ...(this.#pools ? [this.#pools.requests, this.#pools.watches] : [])]
    this.#pools = undefined
    await Promise.all(agents.map((agent) => agent.destroy()))
  }

  async #current(): Promise<Pools> {
    undici ??= import('undici')
    const { Agent } = await undici
    const tls = await this.#access.tls().catch((cause: unknown) => {
      throw withoutCredentials(cause)
    })
    const key = [tls.cert, tls.key, tls.ca].map(String).join('\0')
    if (this.#pools?.key === key) return this.#pools
    if (this.#pools) for (const agent of [this.#pools.requests, this.#pools.watches]) this.#retire(agent)
    const connect = { ...tls, secureContext: prepared(tls), keepAlive: true, keepAliveInitialDelay: probeAfterMs, timeout: connectMs }
    // A kube-apiserver would choose HTTP/2 and put everything on one connection.
    const common = { connect, allowH2: false, pipelining: 1 }
    this.#pools = {
      key,
      requests: new Agent({ ...common, connections: this.#parallel, keepAliveTimeout: idleMs }),
      watches: new Agent({ ...common, connections: null }),
    }
    return this.#pools
  }

  #retire(agent: Agent): void {
    this.#retired.add(agent)
    void agent
      .close()
      .catch(() => {})
      .finally(() => this.#retired.delete(agent))
  }
}

/** Certificates and keys, read once for all connections: each would read them again. Undefined for what cannot be used, which the connection then says in its own words. */
function prepared({ ca, cert, key }: Awaited<ReturnType<ServerAccess['tls']>>) {
  try {
    return createSecureContext({ ca, cert, key })
  } catch {
    return undefined
  }
}

/** Credentials that cannot be read just now (a file being replaced, a plugin that fails) are no answer from the server: tried again like one. */
export const withoutCredentials = (cause: unknown): KubeError =>
  new KubeError(`credentials for the API server cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, 0, 'Credentials', { cause })
