import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { makeDirectory } from '../base/make-directory.ts'
import { DynamicAdmission } from './apiserver/admission/dynamic-admission.ts'
import { AuditFile } from './apiserver/audit/audit-file.ts'
import { AuditLog } from './apiserver/audit/audit-log.ts'
import { type AuditPolicy, metadataOfAll } from './apiserver/audit/policy.ts'
import type { Rotation } from './apiserver/audit/rotation.ts'
import { dropEndedTokens, makeBootstrapToken } from './apiserver/auth/bootstrap-tokens.ts'
import { defaultGates } from './apiserver/discovery/served.ts'
import { minorOf } from './apiserver/discovery/since.ts'
import { type ConnectInProcess, NodeCaller } from './apiserver/node/node-caller.ts'
import { nodeProxy } from './apiserver/node/node-proxy.ts'
import { type ControlPlane, createControlPlane } from './apiserver/server.ts'
import { MemoryStorage } from './apiserver/storage/memory-storage.ts'
import { ObjectJournal } from './apiserver/storage/object-journal.ts'
import type { Storage } from './apiserver/storage/storage.ts'
import { serverParts, startControllers } from './assembly.ts'
import type { ComponentOptions } from './components.ts'
import { nodePaths, type PathsInProcess } from './controllers/host-path/node-paths.ts'
import type { ControllerReading } from './controllers/runtime/board.ts'
import { selectControllers } from './controllers/selection.ts'
import { measuredComponents } from './instrumentation/components.ts'
import { issueClient, type KeyPair } from './pki/authority.ts'
import { loadPki } from './pki/files.ts'
import { kubeconfig } from './pki/kubeconfig.ts'

export interface StartOptions {
  /** Keys, certificates and, with storage in memory, a journal of the objects are kept here; without it nothing is. */
  readonly stateDirectory?: string
  readonly storage: 'memory' | { readonly etcdServers: readonly string[] }
  readonly listen: { readonly host: string; readonly port: number }
  readonly clock: Clock
  readonly log: Logger
  /** How many changes of each resource a watch can resume over before it gets 410; 8192 unless said. */
  readonly watchWindow?: number
  /** Features to serve; `InPlacePodVerticalScaling` unless said. */
  readonly featureGates?: ReadonlySet<string>
  /** The version of Kubernetes that the server passes for, `1.33` to `1.36`; the newest unless said. */
  readonly version?: string
  /** How long certificates live that nodes ask for; a year unless said. */
  readonly signingDurationMs?: number
  /** Which controllers run, whether the scheduler does, and whether they are elected. */
  readonly components?: Omit<ComponentOptions, 'isStorageOwn'>
  /** Breaks the scheduler's ties: from 0 (inclusive) to 1; by chance unless given. */
  readonly random?: () => number
  /** Where it is written down who did what, one event on a line; `-` is the standard output. Without a policy the metadata of every request. */
  readonly audit?: { readonly path: string; readonly policy?: AuditPolicy; readonly rotation?: Rotation }
  /** Whether a cluster without a StorageClass gets the default class `standard`, whose volumes are directories of nodes; false unless said. */
  readonly defaultStorageClass?: boolean
  /** Nodes whose directories are made within this process, without their servers. */
  readonly pathsInProcess?: PathsInProcess
}

/** A whole small control plane: API server, scheduler, namespace and node controllers. */
export interface RunningControlPlane extends AsyncDisposable, Pick<ControlPlane, 'url' | 'backend' | 'kinds' | 'faults' | 'compact' | 'endWatches'> {
  /** CA certificate (PEM). */
  readonly caPem: string
  /** The certificate and the key of who may do everything. */
  readonly admin: KeyPair
  /** YAML, with everything inline; may do everything. */
  readonly adminKubeconfig: string
  /** YAML of a client that is the node of that name. */
  nodeKubeconfig(nodeName: string): Promise<string>
  /** YAML of a user of that name in those groups, by a client certificate. */
  userKubeconfig(user: string, groups: readonly string[]): Promise<string>
  /** YAML of whoever shows that bearer token. */
  tokenKubeconfig(user: string, token: string): string
  /** The controllers and the scheduler that run beside it. */
  controllers(): readonly ControllerReading[]
  /** Whether it waits for what nodes say that they use, or for another API server's answer to itself. */
  readonly busy: boolean
  /** Streams to the node of that name go to it within this process from now on. */
  reachInProcess(nodeName: string, connect: ConnectInProcess): void
  /** YAML with a new token that lets a node ask for its client certificate, for a day (`--bootstrap-kubeconfig`). */
  bootstrapKubeconfig(): Promise<string>
}

/** Starts it; rejects with an error that names the address, the storage or the controller when one of them is not to be had. */
export async function startControlPlane(options: StartOptions): Promise<RunningControlPlane> {
  const { clock, log, listen, stateDirectory } = options
  // What is mistyped is said before anything is made.
  if (options.components?.controllers) selectControllers(options.components.controllers)
  if (stateDirectory) await makeDirectory(stateDirectory, 0o750)
  const pki = await loadPki(stateDirectory && join(stateDirectory, 'pki'), [listen.host], clock.wall(), log)
  const caller = new NodeCaller(pki.nodeCaller)
  const { definitions, admission, signer, summaries, authenticate, authorize } = serverParts(pki, caller, options.featureGates ?? defaultGates)
  const hooks = new DynamicAdmission({ authorize, log })
  const auditFile = options.audit && (await AuditFile.open(options.audit.path, { ...options.audit, log, now: () => clock.wall() }))
  const audit = auditFile && new AuditLog({ policy: options.audit?.policy ?? metadataOfAll, write: (event) => auditFile.write(event), now: () => clock.wall() })
  const server = await createControlPlane({
    storage: await storageOf(options),
    definitions,
    admission: { ...admission, hooks },
    authenticate,
    authorize,
    tls: { cert: pki.serving.certPem, key: pki.serving.keyPem, ca: pki.authority.certPem },
    listen,
    clock,
    log,
    nodeProxy: nodeProxy(caller),
    frontProxy: pki.frontProxy,
    audit,
    watchWindow: options.watchWindow,
    ...(options.version !== undefined && { minor: minorOf(options.version) }),
  })
  const caPem = pki.authority.certPem
  const { signingDurationMs } = options
  const figures = measuredComponents(server.metrics)
  let controllers: AsyncDisposable
  try {
    controllers = await startControllers({
      backend: server.backend,
      kinds: server.kinds,
      clock,
      log,
      authority: pki.authority,
      frontProxyCaPem: pki.frontProxyAuthority.certPem,
      aggregator: server.aggregator,
      signer,
      signingDurationMs,
      ...(options.random && { random: options.random }),
      port: server.port,
      host: listen.host,
      nodePaths: nodePaths(caller, options.pathsInProcess),
      defaultStorageClass: options.defaultStorageClass,
      figures,
      components: { ...options.components, isStorageOwn: options.storage === 'memory' },
    })
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
  return {
    get busy() {
      return summaries.busy || server.aggregator?.busy === true
    },
    url: server.url,
    backend: server.backend,
    kinds: server.kinds,
    faults: server.faults,
    compact: () => server.compact(),
    endWatches: (resource, error) => server.endWatches(resource, error),
    caPem,
    admin: pki.admin,
    adminKubeconfig: kubeconfig(server.url, caPem, 'kubernetes-admin', pki.admin),
    nodeKubeconfig: async (nodeName) => kubeconfig(server.url, caPem, `system:node:${nodeName}`, await pki.nodeClient(nodeName)),
    async userKubeconfig(user, groups) {
      const client = await issueClient(pki.authority, { commonName: user, organizations: groups }, clock.wall())
      return kubeconfig(server.url, caPem, user, client)
    },
    tokenKubeconfig: (user, token) => kubeconfig(server.url, caPem, user, { token }),
    controllers: () => figures.board.readings(),
    reachInProcess: (nodeName, connect) => caller.reachInProcess(nodeName, connect),
    async bootstrapKubeconfig() {
      await dropEndedTokens(server.backend, clock.wall())
      return kubeconfig(server.url, caPem, 'kubelet-bootstrap', { token: await makeBootstrapToken(server.backend, clock.wall()) })
    },
    async [Symbol.asyncDispose]() {
      await controllers[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      hooks[Symbol.dispose]()
      await auditFile?.[Symbol.asyncDispose]()
    },
  }
}

async function storageOf({ storage, stateDirectory, log, clock }: StartOptions): Promise<Storage> {
  if (storage !== 'memory') {
    const { EtcdStorage } = await import('./apiserver/storage/etcd-storage.ts')
    return new EtcdStorage(storage.etcdServers, { log, clock })
  }
  return new MemoryStorage(stateDirectory ? new ObjectJournal(join(stateDirectory, 'objects.jsonl'), log) : undefined)
}
