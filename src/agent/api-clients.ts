import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import { createKubeClient, type HttpKubeClient } from '../kube/http-client.ts'
import type { RequestObserver } from '../kube/request-observer.ts'
import { ServerView } from '../kube/server-view.ts'
import { type ClientIdentity, clientIdentity } from './client-identity.ts'

/** The agent's clients of the API server. */
export interface ApiClients extends AsyncDisposable {
  readonly client: HttpKubeClient
  /** For the lease and the node's status, which must not wait behind a thousand pods' requests. */
  readonly heartbeatClient: HttpKubeClient
  /** Present when the node requests its client certificate itself. */
  readonly identity: ClientIdentity | undefined
}

/** What the API server sees of the agent. */
export const userAgent = 'podsteward/v1.32.0'

/** Makes them by the configuration, or by `createClient`. Throws for a kubeconfig that cannot be used. */
export async function apiClients(
  config: AgentConfig,
  tools: { readonly clock: Clock; readonly log: Logger; readonly createClient?: () => HttpKubeClient; readonly observer?: RequestObserver },
): Promise<ApiClients> {
  const { clock, log, createClient, observer } = tools
  const identity = createClient ? undefined : await clientIdentity(config, { clock, log, observer })
  const access = identity ? { access: identity.access } : { kubeconfigPath: config.kubeconfig, server: config.apiServer }
  const shared = { ...access, userAgent, log, clock, observer, view: new ServerView(clock) }
  const client = createClient?.() ?? createKubeClient({ ...shared, qps: config.kubeApiQps, burst: config.kubeApiBurst })
  const heartbeatClient = createClient?.() ?? createKubeClient({ ...shared, qps: 0, burst: 1, timeoutMs: 10_000 })
  return {
    client,
    heartbeatClient,
    identity,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await heartbeatClient[Symbol.asyncDispose]()
      await identity?.[Symbol.asyncDispose]()
    },
  }
}
