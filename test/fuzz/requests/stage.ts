import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { NodeCaller } from '../../../src/controlplane/apiserver/node/node-caller.ts'
import { nodeProxy } from '../../../src/controlplane/apiserver/node/node-proxy.ts'
import type { ApiBackend } from '../../../src/controlplane/apiserver/rest/backend.ts'
import { createControlPlane } from '../../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { serverParts } from '../../../src/controlplane/assembly.ts'
import { ensurePolicy } from '../../../src/controlplane/controllers/rbac/ensure-policy.ts'
import { issueClient, type KeyPair, makeAuthority } from '../../../src/controlplane/pki/authority.ts'
import { loadPki } from '../../../src/controlplane/pki/files.ts'
import type { ContainerEngine, StreamSession } from '../../../src/engine/engine.ts'
import { type KubeClient, KubeError } from '../../../src/kube/client.ts'
import type { KubeObject, Pod } from '../../../src/kube/objects.ts'
import { createAuthentication } from '../../../src/server/authentication.ts'
import { createAuthorization } from '../../../src/server/authorization.ts'
import { startHealthServer, startNodeServer, startReadOnlyServer } from '../../../src/server/node-server.ts'
import type { Routes } from '../../../src/server/routes.ts'
import { PageLab, runningPod } from '../../cadvisor/fixture.ts'

/** In what nobody but an administrator may read. */
export const secretText = 'c2VjcmV0LW9mLW5vYm9keQ=='
/** In a file outside of the log directory. */
export const outsideText = 'outside-of-the-logs'

/** Who calls. */
export interface Caller {
  readonly name: 'nobody' | 'stranger' | 'visitor' | 'admin' | 'node' | 'account' | 'liar'
  readonly identity?: KeyPair
  readonly token?: string
}

export interface Door {
  readonly name: '6443' | '10250' | '10250 without debugging' | '10255' | '10248' | '4194'
  readonly port: number
  readonly tls: boolean
}

/** All that a node and the embedded API server listen on, in this process. */
export interface Stage extends AsyncDisposable {
  readonly doors: readonly Door[]
  readonly callers: readonly Caller[]
  /** How often an engine was reached that no request may reach. */
  forbiddenCalls(): number
  /** Puts back what a request may have deleted, and takes away what others made. */
  tidy(): Promise<void>
}

const pod: Pod = { metadata: { name: 'p', namespace: 'default', uid: 'u' }, spec: { nodeName: 'n1', containers: [{ name: 'c' }] } }

export async function openStage(): Promise<Stage> {
  const now = Date.now()
  const directory = await mkdtemp(join(tmpdir(), 'fuzz-requests-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(directory, { recursive: true }))
  const logs = join(directory, 'logs')
  await mkdir(join(logs, 'pods'), { recursive: true })
  await writeFile(join(logs, 'syslog'), 'a line\n')
  await writeFile(join(directory, 'outside'), outsideText)
  await symlink(join(directory, 'outside'), join(logs, 'link'))
  const pki = await loadPki(undefined, ['127.0.0.1'], now)
  const caller = new NodeCaller(pki.nodeCaller)
  const { definitions, admission, authenticate, authorize, signer } = serverParts(pki, caller)
  const api = await createControlPlane({
    ...{ definitions, admission, authenticate, authorize, storage: new MemoryStorage(), clock: systemClock, log: silentLogger },
    tls: { cert: pki.serving.certPem, key: pki.serving.keyPem, ca: pki.authority.certPem },
    ...{ listen: { host: '127.0.0.1', port: 0 }, nodeProxy: nodeProxy(caller), watchWindow: 64 },
  })
  undo.use(api)
  const { backend } = api
  let forbidden = 0
  const routes = (engine: ContainerEngine, debugging: boolean): Routes => ({
    sources: {
      ...{ engine, debugging, pods: () => [pod], healthy: () => true, setVerbosity: () => {} },
      ...{ logDirectory: logs, checkpointDirectory: join(directory, 'checkpoints') },
    },
    pages: new Map(
      ['/metrics', '/metrics/cadvisor', '/stats/summary', '/configz', '/runningpods'].map((path) => [path, () => ({ type: 'text/plain', body: 'page' })]),
    ),
    clock: systemClock,
  })
  const shut = routes(
    engineThat(() => {
      forbidden += 1
    }),
    false,
  )
  const client = reviewing(backend)
  const guarded = (of: Routes) =>
    startNodeServer({
      ...of,
      ...{ address: '127.0.0.1', port: 0, log: silentLogger, certificate: { certificate: pki.serving.certPem, key: pki.serving.keyPem } },
      clientCa: pki.authority.certPem,
      authenticate: createAuthentication({ client, anonymous: false, tokenTtlMs: 1000, clock: systemClock }),
      authorize: createAuthorization({ client, nodeName: 'n1', allowedTtlMs: 1000, deniedTtlMs: 1000, clock: systemClock }),
    })
  const open = undo.use(await guarded(routes(engineThat(), true)))
  const closed = undo.use(await guarded(shut))
  const readOnly = undo.use(await startReadOnlyServer('127.0.0.1', 0, { ...shut, log: silentLogger }))
  const health = undo.use(await startHealthServer('127.0.0.1', 0, () => true))
  const page = undo.use(await PageLab.start())
  page.set(runningPod('web', 'u1'))
  await page.sample(10, [])
  const tidy = async () => {
    await fill(backend, open.port)
    // What everybody may, such as to ask for /healthz.
    for (const namespace of ['kube-system', 'kube-public']) await backend.create({ resource: 'namespaces' }, { metadata: { name: namespace } }).catch(() => {})
    await ensurePolicy(backend)
  }
  await tidy()
  const { metadata } = await backend.get({ resource: 'serviceaccounts', namespace: 'default', name: 'default' })
  const token = signer.issue(
    {
      namespace: 'default',
      serviceAccount: { name: 'default', uid: metadata?.uid ?? '' },
      audiences: ['https://kubernetes.default.svc'],
      expirationSeconds: 86_400,
    },
    now,
  )
  const clientOf = (commonName: string, organizations: string[] = []) => issueClient(pki.authority, { commonName, organizations }, now)
  const callers: Caller[] = [
    { name: 'nobody' },
    {
      name: 'stranger',
      identity: await issueClient(await makeAuthority('podsteward-ca', now), { commonName: 'admin', organizations: ['system:masters'] }, now),
    },
    { name: 'visitor', identity: await clientOf('visitor') },
    { name: 'admin', identity: pki.admin },
    { name: 'node', identity: await clientOf('system:node:n1', ['system:nodes']) },
    { name: 'account', token },
    { name: 'liar', token: `${token.slice(0, -4)}AAAA` },
  ]
  const doors: Door[] = [
    { name: '6443', port: api.port, tls: true },
    { name: '10250', port: open.port, tls: true },
    { name: '10250 without debugging', port: closed.port, tls: true },
    { name: '10255', port: readOnly.port, tls: false },
    { name: '10248', port: health.port, tls: false },
    { name: '4194', port: page.server?.port ?? 0, tls: false },
  ]
  const held = undo.move()
  return { doors, callers, tidy, forbiddenCalls: () => forbidden, [Symbol.asyncDispose]: () => held[Symbol.asyncDispose]() }
}

/** An engine in which all goes well and says nothing; `reached` hears of each call. */
function engineThat(reached: () => void = () => {}): ContainerEngine {
  const session = async (): Promise<StreamSession> => {
    const stdout = new PassThrough()
    stdout.end('out')
    return { stdin: new PassThrough().resume(), stdout, stderr: undefined, resize: async () => {}, exit: Promise.resolve(0), close: async () => {} }
  }
  const methods: Readonly<Record<string, unknown>> = {
    podState: async () => ({ sandboxes: [{ ready: true, id: 's' }], containers: [{ name: 'c', attempt: 0, state: 'running', id: 'id' }] }),
    exec: async () => ({ exitCode: 0, stdout: 'out', stderr: '' }),
    ...{ execStream: session, attach: session, checkpoint: async () => {} },
    async *logs() {
      yield Buffer.from('log\n')
    },
  }
  return new Proxy({} as ContainerEngine, {
    get(_, name) {
      reached()
      return methods[String(name)]
    },
  })
}

/** The API server as the node's servers see it: it answers their questions. */
function reviewing(backend: ApiBackend): KubeClient {
  const at = (path: string) => (path.endsWith('tokenreviews') ? 'tokenreviews.authentication.k8s.io' : 'subjectaccessreviews.authorization.k8s.io')
  return { create: (path: string, object: KubeObject) => backend.create({ resource: at(path) }, object) } as unknown as KubeClient
}

/** What every round finds. What rounds made is taken away. */
async function fill(backend: ApiBackend, kubeletPort: number): Promise<void> {
  const namespaced = ['pods', 'configmaps', 'events', 'services', 'endpoints', 'persistentvolumeclaims']
  for (const resource of namespaced) await backend.deleteCollection({ resource }, {}, { gracePeriodSeconds: 0 })
  for (const resource of ['nodes', 'certificatesigningrequests.certificates.k8s.io', 'persistentvolumes']) await backend.deleteCollection({ resource })
  const make = async (resource: string, object: object, namespace?: string) => {
    await backend.create({ resource, ...(namespace && { namespace }) }, object as KubeObject).catch((error: unknown) => {
      if (!(error instanceof KubeError && (error.reason === 'AlreadyExists' || error.reason === 'Forbidden'))) throw error
    })
  }
  await make('namespaces', { metadata: { name: 'default' } })
  await make('serviceaccounts', { metadata: { name: 'default' } }, 'default')
  await make('secrets', { metadata: { name: 'secret' }, data: { key: secretText } }, 'default')
  await make('configmaps', { metadata: { name: 'map' }, data: { key: secretText } }, 'default')
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } } }
  await make('nodes', { metadata: { name: 'n1' }, status })
  await make('pods', { metadata: { name: 'p' }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] } }, 'default')
}
