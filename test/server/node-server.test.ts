import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as requestInClear } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { ContainerEngine, ContainerState, LogOptions } from '../../src/engine/engine.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { createAuthentication } from '../../src/server/authentication.ts'
import { createAuthorization } from '../../src/server/authorization.ts'
import { type SecureNodeServer, startNodeServer } from '../../src/server/node-server.ts'
import { selfSignedCertificate } from '../../src/server/serving-certificate.ts'

let server: SecureNodeServer
let directory: string
let asked: LogOptions | undefined
let reviews = 0
let closed = 0

const pod = {
  metadata: { name: 'p', namespace: 'n', uid: 'u' },
  spec: { containers: [{ name: 'c' }, { name: 'late' }, { name: 'later' }] },
  status: { containerStatuses: [{ name: 'late', state: { waiting: { reason: 'ImagePullBackOff' } } }] },
} as unknown as Pod
const states = [
  { name: 'c', attempt: 1, state: 'running', id: 'second' },
  { name: 'c', attempt: 0, state: 'exited', id: 'first' },
] as unknown as ContainerState[]

const engine = {
  podState: async () => ({ sandboxes: [], containers: states }),
  async *logs(id: string, options: LogOptions) {
    asked = options
    try {
      yield Buffer.from(`log of ${id}\n`)
      if (options.follow) await new Promise((resolve) => options.signal?.addEventListener('abort', resolve))
    } finally {
      closed += 1
    }
  },
} as unknown as ContainerEngine

/** An API server that knows two tokens; only the first one's owner may see nodes. */
const client = {
  async create(path: string, body: { spec: { token?: string; user?: string } }) {
    reviews += 1
    if (path.endsWith('tokenreviews')) {
      const username = { good: 'admin', poor: 'visitor' }[body.spec.token ?? '']
      return { status: username ? { authenticated: true, user: { username } } : { authenticated: false } }
    }
    return { status: { allowed: body.spec.user === 'admin' } }
  },
} as unknown as KubeClient

const started = async () =>
  startNodeServer({
    address: '127.0.0.1',
    port: 0,
    certificate: await selfSignedCertificate(directory, ['n1', '127.0.0.1'], Date.now()),
    authenticate: createAuthentication({ client, anonymous: false, tokenTtlMs: 60_000, clock: systemClock }),
    authorize: createAuthorization({ client, nodeName: 'n1', allowedTtlMs: 60_000, deniedTtlMs: 60_000, clock: systemClock }),
    sources: { engine, pods: () => [pod], healthy: () => true },
    clock: systemClock,
    log: silentLogger,
  })

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'node-server-'))
  server = await started()
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

function get(path: string, token?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      { host: '127.0.0.1', port: server.port, path, rejectUnauthorized: false, agent: false, headers: token ? { authorization: `Bearer ${token}` } : {} },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk
        })
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }))
      },
    )
    call.once('error', reject)
    call.end()
  })
}

const paths = ['/healthz', '/pods', '/containerLogs/n/p/c', '/metrics', '/stats/summary', '/exec/n/p/c', '/nothing']
for (const path of paths) {
  test(`${path} without credentials or with a wrong token is 401, without rights 403`, async () => {
    asked = undefined
    assert.equal((await get(path)).status, 401)
    assert.equal((await get(path, 'bad')).status, 401)
    const refused = await get(path, 'poor')
    assert.equal(refused.status, 403)
    assert.match(refused.body, /^Forbidden \(user=visitor, verb=get, resource=nodes, subresource\(s\)=\[(healthz proxy|pods proxy|proxy|metrics|stats)\]\)\n$/)
    assert.equal(asked, undefined, 'no container was reached')
  })
}

test('a caller in this process is known without a certificate; what he may do is asked all the same', async () => {
  const getAs = async (name: string, path: string) => {
    const call = requestInClear({ path, createConnection: () => server.connect({ name, groups: [] }) }).end()
    const [response] = await once(call, 'response')
    return { status: response.statusCode, body: Buffer.concat(await response.toArray()).toString() }
  }
  assert.deepEqual(await getAs('admin', '/containerLogs/n/p/c'), { status: 200, body: 'log of second\n' })
  asked = undefined
  assert.equal((await getAs('visitor', '/containerLogs/n/p/c')).status, 403)
  assert.equal(asked, undefined, 'no container was reached')
  const upgrade = requestInClear({
    path: '/exec/n/p/c?command=x&output=1',
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
    createConnection: () => server.connect({ name: 'visitor', groups: [] }),
  }).end()
  assert.equal((await once(upgrade, 'response'))[0].statusCode, 403)
})

test('a server that stops ends what callers in its process still have open', async () => {
  const stopping = await started()
  const near = stopping.connect({ name: 'admin', groups: [] })
  const call = requestInClear({ path: '/containerLogs/n/p/c?follow=true', createConnection: () => near }).end()
  const [response] = await once(call, 'response')
  const gone = once(response, 'error')
  response.resume()
  await stopping[Symbol.asyncDispose]()
  assert.equal((await gone)[0].code, 'ECONNRESET')
})

test('verdicts are remembered', async () => {
  await get('/healthz', 'good')
  const before = reviews
  assert.deepEqual(await get('/healthz', 'good'), { status: 200, body: 'ok' })
  assert.equal(reviews, before)
})

test('the pods of the node are listed', async () => {
  const { body } = await get('/pods', 'good')
  assert.equal((JSON.parse(body) as { items: Pod[] }).items[0]?.metadata?.name, 'p')
})

test('logs come from the newest incarnation, the one before on request, as they are asked for', async () => {
  assert.deepEqual(await get('/containerLogs/n/p/c?tailLines=3&timestamps=true&limitBytes=9', 'good'), { status: 200, body: 'log of second\n' })
  assert.equal(asked?.tailLines, 3)
  assert.equal(asked?.limitBytes, 9)
  assert.equal(asked?.timestamps, true)
  assert.equal((await get('/containerLogs/n/p/c?previous=true', 'good')).body, 'log of first\n')
})

test('what cannot be shown says why', async () => {
  assert.deepEqual(await get('/containerLogs/n/other/c', 'good'), { status: 404, body: 'pod "other" does not exist' })
  assert.deepEqual(await get('/containerLogs/n/p/nope', 'good'), { status: 404, body: 'container "nope" not found in pod "p"' })
  assert.deepEqual(await get('/containerLogs/n/p/late', 'good'), {
    status: 400,
    body: 'container "late" in pod "p" is waiting to start: trying and failing to pull image',
  })
  assert.equal((await get('/containerLogs/n/p/later', 'good')).body, 'container "later" in pod "p" is not available')
  assert.equal((await get('/containerLogs/n/p/c?tailLines=x', 'good')).status, 400)
})

test('a caller that hangs up ends the log stream', async () => {
  const before = closed
  await new Promise<void>((resolve) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: server.port,
        path: '/containerLogs/n/p/c?follow=true',
        rejectUnauthorized: false,
        agent: false,
        headers: { authorization: 'Bearer good' },
      },
      (response) => {
        response.once('data', () => call.destroy())
        response.once('close', resolve)
        response.on('error', () => {})
      },
    )
    call.on('error', () => {})
    call.end()
  })
  while (closed === before) await new Promise((resolve) => setImmediate(resolve))
})

test('the self-signed certificate is kept while it serves, and made anew for another name', async () => {
  const first = await selfSignedCertificate(directory, ['n1'], Date.now())
  assert.equal((await selfSignedCertificate(directory, ['n1'], Date.now())).certificate, first.certificate)
  assert.notEqual((await selfSignedCertificate(directory, ['n1', 'n2'], Date.now())).certificate, first.certificate)
  const names = ['n1', '10.0.0.1', 'fd00::1']
  const addressed = await selfSignedCertificate(directory, names, Date.now())
  assert.equal((await selfSignedCertificate(directory, names, Date.now())).certificate, addressed.certificate)
  assert.notEqual((await selfSignedCertificate(directory, [...names, 'fd00::2'], Date.now())).certificate, addressed.certificate)
})

test('the self-signed certificate is made anew when it has less than a day left', async () => {
  const dayMs = 24 * 3600_000
  const first = await selfSignedCertificate(directory, ['n3'], Date.now())
  const late = Date.now() + 364 * dayMs
  assert.equal((await selfSignedCertificate(directory, ['n3'], late - dayMs)).certificate, first.certificate)
  assert.notEqual((await selfSignedCertificate(directory, ['n3'], late + 2000)).certificate, first.certificate)
})
