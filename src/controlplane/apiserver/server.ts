import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Registry } from 'prom-client'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { ClientCertificates } from '../../certificates/client-certificates.ts'
import { boundConnections, boundServerOptions } from '../../connections/bound-connections.ts'
import { inTurn } from '../../connections/in-turn.ts'
import { asksForUpgrade, UpgradeResponse } from '../../connections/upgrade-response.ts'
import type { KeyPair } from '../pki/authority.ts'
import { Aggregator } from './aggregation/aggregator.ts'
import type { AuditLog } from './audit/audit-log.ts'
import { CustomDefinitions } from './custom/custom-definitions.ts'
import { isServedSince, newestMinor } from './discovery/since.ts'
import { FlowHeaders } from './flowcontrol/flow-headers.ts'
import { Faults } from './http/faults.ts'
import { ResourceHandler } from './http/resource-handler.ts'
import { type Authenticate, type Authorize, type NodeProxy, Router } from './http/router.ts'
import { RequestMetrics } from './instrumentation/request-metrics.ts'
import { serverMetrics } from './instrumentation/server-metrics.ts'
import type { AdmissionSteps, ResourceDefinition } from './resource.ts'
import type { ApiBackend } from './rest/backend.ts'
import { DefinitionIndex, type ServedKinds } from './rest/environment.ts'
import { LocalBackend } from './rest/local-backend.ts'
import { ObjectStore } from './storage/object-store.ts'
import type { Storage } from './storage/storage.ts'

export interface ControlPlaneOptions {
  readonly storage: Storage
  readonly definitions: readonly ResourceDefinition[]
  readonly admission?: AdmissionSteps
  readonly authenticate: Authenticate
  readonly authorize: Authorize
  /** PEM texts; `ca` is what client certificates must be signed by. Without it plain HTTP is served. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string }
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly clock: Clock
  readonly log: Logger
  readonly nodeProxy?: NodeProxy
  /** The certificate that other API servers know this one by when it says who asks. Without it nothing is passed on to them. */
  readonly frontProxy?: KeyPair
  readonly audit?: AuditLog
  /** How many changes of each resource a watch can resume over; default 8192. */
  readonly watchWindow?: number
  readonly bookmarkIntervalMs?: number
  /** The version of Kubernetes 1 that it passes for: without the kinds that came later. The newest unless said. */
  readonly minor?: number
}

/** A running API server. Disposing it ends all watches, then closes its storage. */
export interface ControlPlane extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly backend: ApiBackend
  readonly kinds: ServedKinds
  readonly aggregator?: Aggregator
  /** What its `/metrics` tells. */
  readonly metrics: Registry
  /** Forgets changes up to now: a watch from an older version gets 410, as after a compaction of etcd. */
  compact(): void
  /** Faults on purpose, for requests over HTTP. */
  readonly faults: Faults
  /** Ends watches over HTTP, of a resource (`pods`, `leases.coordination.k8s.io`) or all: by cutting, or with an error as their last event. Answers how many. */
  endWatches(resource?: string, error?: Error): number
}

/** Of callers without a credential. */
const unauthenticated = 'system:unauthenticated'

/** Loads the storage and serves the API over it. Rejects when the storage cannot be read or the address is taken. */
export async function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { storage, clock, log, listen, tls } = options
  const { minor = newestMinor } = options
  const built = options.definitions.filter((definition) => isServedSince(definition, minor))
  const definitions = new DefinitionIndex(built)
  const prefixes = options.definitions.flatMap(({ storagePrefix }) => (storagePrefix === undefined ? [] : [storagePrefix]))
  const store = new ObjectStore(storage, prefixes, options.watchWindow)
  try {
    await store.start()
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
  const custom = new CustomDefinitions(store, definitions, log)
  const backend = new LocalBackend({ store, definitions, admission: options.admission ?? { mutating: [], validating: [] }, clock })
  const inAll = { ...boundServerOptions, shouldUpgradeCallback: asksForUpgrade }
  // Client certificates are asked for, not demanded: tokens are another way in.
  const server: Server = tls ? createHttpsServer({ ...tls, ...inAll, requestCert: true, rejectUnauthorized: false }) : createHttpServer(inAll)
  const connections = boundConnections(server)
  let address = ''
  const clients = tls && new ClientCertificates(tls.ca)
  const resources = new ResourceHandler({ store, backend, clock, bookmarkIntervalMs: options.bookmarkIntervalMs })
  const faults = new Faults(clock)
  const flows = new FlowHeaders(store)
  const aggregator = options.frontProxy && new Aggregator(store, backend, options.frontProxy)
  const metrics = new Registry()
  serverMetrics(metrics, { store, minor, kinds: () => definitions.all })
  const router = new Router({
    definitions,
    faults,
    flows,
    minor,
    backend,
    resources,
    authenticate: options.authenticate,
    onCaller: ({ socket }, user) => connections.setKnown(socket, user !== undefined && !user.groups.includes(unauthenticated)),
    authorize: options.authorize,
    clients,
    nodeProxy: options.nodeProxy,
    aggregator,
    audit: options.audit,
    requests: new RequestMetrics(metrics),
    metrics: () => metrics.metrics(),
    log,
    now: () => clock.wall(),
    address: () => address,
    ready: () => undefined,
  })
  server.on('connection', (raw: Socket) => clients?.accepted(raw))
  server.on(
    'request',
    inTurn((request, response) => void router.serve(request, response)),
  )
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (socket.destroyed) return
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    // Answered like any other request while nobody has agreed to the upgrade.
    const response = new UpgradeResponse(request, socket)
    void router.serve(request, response, { take: () => response.take(), head })
  })
  try {
    server.listen(listen.port, listen.host)
    await once(server, 'listening')
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
  const { port } = server.address() as AddressInfo
  address = `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`
  log.info('API server listens', { address })
  return {
    url: `${tls ? 'https' : 'http'}://${address}`,
    port,
    backend,
    kinds: definitions,
    ...(aggregator && { aggregator }),
    metrics,
    compact: () => store.compact(store.revision),
    faults,
    endWatches: (resource, error) => resources.watches.end(resource, error),
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of upgraded) socket.destroy()
      server.closeAllConnections()
      connections.endAll()
      custom[Symbol.dispose]()
      flows[Symbol.dispose]()
      aggregator?.[Symbol.dispose]()
      await resources[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
