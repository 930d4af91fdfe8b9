import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { readRegularFileSync } from '../base/regular-file.ts'
import { checkClientCa } from '../certificates/client-certificates.ts'
import { followFiles } from '../certificates/follow-files.ts'
import { type AgentConfig, ConfigError } from '../config/agent-config.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import type { KubeClient } from '../kube/client.ts'
import { createAuthentication } from '../server/authentication.ts'
import { createAuthorization } from '../server/authorization.ts'
import { type NodeServer, type SecureNodeServer, startHealthServer, startNodeServer, startReadOnlyServer } from '../server/node-server.ts'
import type { Pages } from '../server/pages.ts'
import type { RequestCounter } from '../server/request-counter.ts'
import type { Routes } from '../server/routes.ts'
import { hostPathVolumes } from '../volumes/host-path-volumes.ts'
import type { ServingIdentity } from './serving-identity.ts'
import type { ShownPods } from './shown-pods.ts'

export interface ServingParts {
  readonly config: AgentConfig
  readonly client: KubeClient
  readonly engine: ContainerEngine
  readonly pods: Pick<ShownPods, 'all'>
  readonly pages: Pages
  readonly identity: ServingIdentity
  readonly healthy: () => boolean
  readonly setVerbosity?: (verbosity: number) => void
  /** Whether the CA of clients is read again when its file is replaced: not for simulated nodes, of which a process has hundreds. */
  readonly followsFiles: boolean
  readonly counter?: RequestCounter
  readonly clock: Clock
  readonly log: Logger
}

export type NodeServers = NodeServer & Pick<SecureNodeServer, 'connect'>

/** The node's servers: HTTPS for the API server, the health check in clear on loopback, and the read-only port where it is asked for. */
export async function startServers(parts: ServingParts): Promise<NodeServers> {
  const { config, client, identity, counter, clock, log } = parts
  const routes: Routes = {
    sources: {
      engine: parts.engine,
      pods: () => parts.pods.all(),
      healthy: parts.healthy,
      logDirectory: config.logDirectory,
      checkpointDirectory: join(config.rootDirectory, 'checkpoints'),
      hostPathVolumes: hostPathVolumes(config.rootDirectory, config.engine === 'simulated' ? 'memory' : 'system'),
      setVerbosity: parts.setVerbosity,
      debugging: config.debuggingHandlers,
    },
    pages: parts.pages,
    clock,
  }
  const started: AsyncDisposable[] = []
  const close = async () => {
    for (const each of started.reverse()) await each[Symbol.asyncDispose]()
  }
  try {
    const node = await startNodeServer({
      ...routes,
      address: config.address,
      port: config.port,
      certificate: identity.current,
      clientCa: config.clientCaFile === undefined ? undefined : readClientCa(config.clientCaFile),
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
      counter,
      minVersion: config.tlsMinVersion,
      ciphers: config.tlsCiphers,
      idleTimeoutMs: config.streamingIdleTimeoutMs,
      log,
    })
    started.push(node)
    identity.onChange((certificate) => node.setCertificate(certificate))
    if (config.clientCaFile !== undefined && parts.followsFiles) started.push(followClientCa(config.clientCaFile, node, { clock, log }))
    if (config.healthzPort !== 0) started.push(await startHealthServer(config.healthzAddress, config.healthzPort, parts.healthy))
    if (config.readOnlyPort !== 0) started.push(await startReadOnlyServer(config.address, config.readOnlyPort, { ...routes, counter, log }))
    return { port: node.port, connect: node.connect, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** PEM of the CA that clients are verified against. Throws `ConfigError` for a file that holds none. */
export function readClientCa(path: string): string {
  try {
    const pem = readRegularFileSync(path)
    checkClientCa(pem)
    return pem
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`--client-ca-file ${path}: ${why}; give a file with the certificates of the clients' CA, PEM`, { cause })
  }
}

/** The CA of clients is read again when its file is replaced, as by a kubelet. */
function followClientCa(path: string, node: SecureNodeServer, { clock, log }: { readonly clock: Clock; readonly log: Logger }): AsyncDisposable {
  const stopping = new AbortController()
  const following = followFiles([path], {
    clock,
    signal: stopping.signal,
    changed([pem = '']) {
      node.setClientCa(pem)
    },
    trouble: (error) => log.warn('the CA of clients cannot be read anew; the last one stays', { file: path, error }),
  })
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the server stops'))
      await following
    },
  }
}
