import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { issueClient, type KeyPair, makeAuthority } from '../../src/controlplane/pki/authority.ts'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { createAuthentication } from '../../src/server/authentication.ts'
import { createAuthorization } from '../../src/server/authorization.ts'
import { type NodeServer, startNodeServer } from '../../src/server/node-server.ts'
import { selfSignedCertificate } from '../../src/server/serving-certificate.ts'

let server: NodeServer
let directory: string
const callers: Record<string, KeyPair | undefined> = {}
const reached: string[] = []
const pod: Pod = { metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec: { containers: [{ name: 'c' }] } }

/** Whatever is asked of it is written down. */
const engine = new Proxy({} as ContainerEngine, {
  get: (_, name) => async () => {
    reached.push(String(name))
    return { sandboxes: [], containers: [] }
  },
})
/** Asked for each subresource apart; says who asked for what. */
let allowed = ''
const reviews: { user: string; verb: string; subresource: string }[] = []
const client = {
  async create(_: string, { spec }: { spec: { user: string; resourceAttributes: { verb: string; subresource: string; resource: string; name: string } } }) {
    const { verb, subresource, resource, name } = spec.resourceAttributes
    assert.deepEqual([resource, name], ['nodes', 'n1'])
    reviews.push({ user: spec.user, verb, subresource })
    return { status: { allowed: spec.user === 'admin' || (spec.user === 'looker' && subresource === allowed) } }
  },
} as unknown as KubeClient

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'node-authorization-'))
  const now = Date.now()
  const [authority, stranger] = [await makeAuthority('ours', now), await makeAuthority('another', now)]
  callers['a stranger’s certificate'] = await issueClient(stranger, { commonName: 'admin', organizations: ['system:masters'] }, now)
  callers['a user without rights'] = await issueClient(authority, { commonName: 'visitor', organizations: [] }, now)
  callers['a user with that right alone'] = await issueClient(authority, { commonName: 'looker', organizations: [] }, now)
  callers['a user with rights'] = await issueClient(authority, { commonName: 'admin', organizations: [] }, now)
  server = await startNodeServer({
    address: '127.0.0.1',
    port: 0,
    certificate: await selfSignedCertificate(directory, ['n1', '127.0.0.1'], now),
    clientCa: authority.certPem,
    authenticate: createAuthentication({ client: undefined, anonymous: false, tokenTtlMs: 60_000, clock: systemClock }),
    authorize: createAuthorization({ client, nodeName: 'n1', allowedTtlMs: 0, deniedTtlMs: 0, clock: systemClock }),
    sources: {
      engine,
      pods: () => [pod],
      healthy: () => true,
      logDirectory: directory,
      checkpointDirectory: directory,
      setVerbosity: () => void reached.push('verbosity'),
    },
    pages: new Map(
      ['/metrics', '/metrics/cadvisor', '/metrics/resource', '/metrics/probes', '/stats/summary', '/configz', '/runningpods'].map((path) => [
        path,
        () => ({ type: 'text/plain', body: 'page' }),
      ]),
    ),
    clock: systemClock,
    log: silentLogger,
  })
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

function ask(caller: string, method: string, path: string, upgrade?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const keys = callers[caller]
    const websocket = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13', 'sec-websocket-protocol': 'v4.channel.k8s.io' }
    // kubectl's port-forward: SPDY within a WebSocket.
    const tunnel = { ...websocket, 'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io' }
    const extra = { websocket, tunnel }[upgrade ?? '']
    const headers = upgrade === undefined ? {} : { connection: 'Upgrade', upgrade: upgrade === 'tunnel' ? 'websocket' : upgrade, ...extra }
    const tls = { rejectUnauthorized: false, cert: keys?.certPem, key: keys?.keyPem }
    const call = request({ ...tls, host: '127.0.0.1', port: server.port, agent: false, method, path, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    call.once('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode ?? 0)
    })
    call.once('error', reject)
    call.end()
  })
}

const command = 'command=id&output=1'
for (const [method, path, subresource, upgrade] of [
  ['GET', '/healthz', 'healthz'],
  ['GET', '/healthz', 'proxy'],
  ['GET', '/healthz/syncloop', 'healthz'],
  ['GET', '/pods', 'pods'],
  ['GET', '/pods', 'proxy'],
  ['GET', '/runningpods/', 'pods'],
  ['GET', '/runningpods', 'proxy'],
  ['GET', '/configz', 'configz'],
  ['GET', '/configz', 'proxy'],
  ['GET', '/metrics', 'metrics'],
  ['GET', '/metrics/cadvisor', 'metrics'],
  ['GET', '/metrics/resource', 'metrics'],
  ['GET', '/metrics/probes', 'metrics'],
  ['GET', '/stats/summary', 'stats'],
  ['GET', '/containerLogs/n/p/c', 'proxy'],
  ['GET', '/logs/', 'log'],
  ['GET', '/logs/syslog', 'log'],
  ['POST', '/run/n/p/c?cmd=id', 'proxy'],
  ['POST', '/run/n/p/u/c?cmd=id', 'proxy'],
  ['POST', '/checkpoint/n/p/c', 'checkpoint'],
  ['PUT', '/debug/flags/v', 'proxy'],
  ['POST', `/exec/n/p/c?${command}`, 'proxy', 'SPDY/3.1'],
  ['GET', `/exec/n/p/c?${command}`, 'proxy', 'websocket'],
  ['POST', '/attach/n/p/c?output=1', 'proxy', 'SPDY/3.1'],
  ['GET', '/attach/n/p/c?output=1', 'proxy', 'websocket'],
  ['POST', '/portForward/n/p', 'proxy', 'SPDY/3.1'],
  ['GET', '/portForward/n/p?port=80', 'proxy', 'websocket'],
  ['GET', '/portForward/n/p', 'proxy', 'tunnel'],
  ['GET', '/no/such/path', 'proxy'],
] as const) {
  const verb = { GET: 'get', POST: 'create', PUT: 'update' }[method]
  test(`${method} ${path}${upgrade ? ` (${upgrade})` : ''} is for who may ${verb} nodes/${subresource}; others reach nothing`, async () => {
    reached.length = 0
    reviews.length = 0
    for (const caller of ['nobody', 'a stranger’s certificate']) assert.equal(await ask(caller, method, path, upgrade), 401, caller)
    assert.equal(await ask('a user without rights', method, path, upgrade), 403)
    assert.deepEqual(reached, [])
    assert.ok(
      reviews.some((each) => each.user === 'visitor' && each.verb === verb && each.subresource === subresource),
      JSON.stringify(reviews),
    )
    allowed = subresource
    assert.ok(![401, 403].includes(await ask('a user with that right alone', method, path, upgrade)))
    assert.ok(![401, 403].includes(await ask('a user with rights', method, path, upgrade)))
  })
}
