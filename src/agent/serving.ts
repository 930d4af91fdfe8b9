import { readFileSync } from 'node:fs'
import type { PodTable } from '../../actors/node/pod-table.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import type { KubeClient } from '../kube/client.ts'
import { createAuthentication } from '../server/authentication.ts'
import { createAuthorization } from '../server/authorization.ts'
import { type NodeServer, startHealthServer, startNodeServer } from '../server/node-server.ts'
import type { Pages } from '../server/pages.ts'
import type { ServingIdentity } from './serving-identity.ts'

export interface ServingParts {
  readonly config: AgentConfig
  readonly client: KubeClient
  readonly engine: ContainerEngine
  readonly pods: PodTable
  readonly pages: Pages
  readonly identity: ServingIdentity
  readonly healthy: () => boolean
  readonly clock: Clock
  readonly log: Logger
}

/** The node's servers: HTTPS for the API server, and the health check in clear on loopback. */
export async function startServers(parts: ServingParts): Promise<NodeServer> {
  const { config, client, clock, log } = parts
  const node = await startNodeServer({
    address: config.address,
    port: config.port,
    certificate: parts.identity.current,
    clientCa: config.clientCaFile === undefined ? undefined : readFileSync(config.clientCaFile, 'utf8'),
    authenticate: createAuthentication({
      client: config.tokenWebhook ? client : undefined,
      anonymous: config.anonymousAuth,
      tokenTtlMs: config.tokenTtlMs,
      clock,
    }),
    authorize:
      config.authorizationMode === 'AlwaysAllow'
        ? async () => true
        : createAuthorization({ client, nodeName: config.nodeName, allowedTtlMs: config.authorizedTtlMs, deniedTtlMs: config.unauthorizedTtlMs, clock }),
    sources: { engine: parts.engine, pods: () => parts.pods.all(), healthy: parts.healthy },
    pages: parts.pages,
    clock,
    log,
  })
  parts.identity.onChange((certificate) => node.setCertificate(certificate))
  if (config.healthzPort === 0) return node
  try {
    const health = await startHealthServer(config.healthzAddress, config.healthzPort, parts.healthy)
    return {
      port: node.port,
      async [Symbol.asyncDispose]() {
        await health[Symbol.asyncDispose]()
        await node[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await node[Symbol.asyncDispose]()
    throw error
  }
}
