import 'reflect-metadata'
import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { Agent, request } from 'node:https'
import { before, type TestContext, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import * as x509 from '@peculiar/x509'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { NodeCaller } from '../../src/controlplane/apiserver/node/node-caller.ts'
import { createControlPlane } from '../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../src/controlplane/apiserver/storage/memory-storage.ts'
import { serverParts } from '../../src/controlplane/assembly.ts'
import { issueClient, issueServing, type KeyPair, makeAuthority } from '../../src/controlplane/pki/authority.ts'
import { loadPki } from '../../src/controlplane/pki/files.ts'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import { createAuthentication } from '../../src/server/authentication.ts'
import { startNodeServer } from '../../src/server/node-server.ts'

const day = 24 * 3600_000
const now = Date.now()
let ours: KeyPair
let serving: KeyPair
let admin: KeyPair

before(async () => {
  ours = await makeAuthority('ours', now)
  serving = await issueServing(ours, 'server', ['localhost'], ['127.0.0.1'], now)
  admin = await issueClient(ours, { commonName: 'admin', organizations: ['system:masters'] }, now)
})

/** From now on it is that much later for who judges certificates; TLS itself does not notice. */
const later = (t: TestContext, ms: number) => t.mock.method(Date, 'now', () => now + ms)

async function nodeServer(t: TestContext) {
  const server = await startNodeServer({
    address: '127.0.0.1',
    port: 0,
    certificate: { certificate: serving.certPem, key: serving.keyPem },
    clientCa: ours.certPem,
    authenticate: createAuthentication({ client: undefined, anonymous: true, tokenTtlMs: 60_000, clock: systemClock }),
    authorize: async (user) => user.name === 'admin',
    sources: { engine: {} as ContainerEngine, pods: () => [], healthy: () => true },
    clock: systemClock,
    log: silentLogger,
  })
  t.after(() => server[Symbol.asyncDispose]())
  return { port: server.port, setCa: (pem: string) => server.setClientCa(pem), path: '/pods' }
}

async function apiServer(t: TestContext) {
  const pki = await loadPki(undefined, ['127.0.0.1'], now)
  const { definitions, admission, authenticate, authorize } = serverParts(pki, new NodeCaller(pki.nodeCaller))
  const server = await createControlPlane({
    ...{ definitions, admission, authenticate, authorize, storage: new MemoryStorage(), clock: systemClock, log: silentLogger },
    tls: { cert: serving.certPem, key: serving.keyPem, ca: ours.certPem },
    listen: { host: '127.0.0.1', port: 0 },
  })
  t.after(() => server[Symbol.asyncDispose]())
  return { port: server.port, path: '/api/v1/pods' }
}

/** One status after the other over one connection. */
async function asking(t: TestContext, { port, path }: { port: number; path: string }, identity: KeyPair | undefined = admin) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, cert: identity?.certPem, key: identity?.keyPem })
  t.after(() => agent.destroy())
  const sockets = new Set<unknown>()
  const ask = (headers: Record<string, string> = {}) =>
    new Promise<number>((resolve, reject) => {
      const call = request({ agent, host: '127.0.0.1', port, path, headers }, (answer) => {
        sockets.add(answer.socket)
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
      })
      call.once('upgrade', (answer, socket) => {
        socket.destroy()
        resolve(answer.statusCode ?? 0)
      })
      call.once('error', reject)
      call.end()
    })
  return { ask, sockets }
}

for (const [port, serve] of [
  ['10250', nodeServer],
  ['6443', apiServer],
] as const) {
  test(`${port}: a kept connection serves who came with a certificate until that ends, and not a request longer`, async (t) => {
    const { ask, sockets } = await asking(t, await serve(t))
    assert.deepEqual([await ask(), await ask()], [200, 200])
    later(t, 366 * day)
    assert.equal(await ask(), 401)
    assert.equal(sockets.size, 1)
    t.mock.restoreAll()
    later(t, -2 * day)
    assert.equal(await ask(), 401, 'not yet valid')
    t.mock.restoreAll()
    assert.equal(await ask(), 200)
  })

  test(`${port}: what is begun on a kept connection after the certificate's end is refused, an upgrade too`, async (t) => {
    const { ask } = await asking(t, await serve(t))
    assert.equal(await ask(), 200)
    later(t, 366 * day)
    const websocket = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13', 'sec-websocket-protocol': 'v5.channel.k8s.io' }
    assert.equal(await ask({ connection: 'Upgrade', upgrade: 'websocket', ...websocket }), 401)
    assert.equal(await ask({ connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' }), 401)
  })

  test(`${port}: requests in one packet are each judged when their turn comes`, async (t) => {
    const { port: at, path } = await serve(t)
    const socket = connect({ host: '127.0.0.1', port: at, rejectUnauthorized: false, cert: admin.certPem, key: admin.keyPem })
    t.after(() => socket.destroy())
    await once(socket, 'secureConnect')
    const line = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
    socket.write(line + line)
    assert.deepEqual(await statuses(socket, 2), [200, 200])
    later(t, 366 * day)
    socket.write(line + line + line)
    assert.deepEqual([...new Set(await statuses(socket, 1))], [401])
  })

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    test(`${port}: a session that is resumed by ${version} is no better than its certificate is today`, async (t) => {
      const server = await serve(t)
      const { statusesOf } = resuming(t, server, version)
      assert.deepEqual(await statusesOf(), { status: 200, resumed: false })
      assert.deepEqual(await statusesOf(), { status: 200, resumed: true })
      later(t, 366 * day)
      assert.deepEqual(await statusesOf(), { status: 401, resumed: true })
    })

  test(`${port}: a certificate that does not serve is never taken for nobody, nor for a name`, async (t) => {
    const server = await serve(t)
    const stranger = await makeAuthority('ours', now)
    const forged = await issueClient(stranger, { commonName: 'admin', organizations: ['system:masters'] }, now)
    assert.equal(await (await asking(t, server, forged)).ask(), 401)
    assert.equal(await (await asking(t, server, serving)).ask(), 401, 'a serving certificate')
    assert.equal(await (await asking(t, server, await issueClient(ours, { commonName: '', organizations: ['system:masters'] }, now))).ask(), 401)
  })
}

test('10250: when the CA of clients is another one, a kept connection is judged by it at its next request', async (t) => {
  const { setCa, ...server } = await nodeServer(t)
  const next = await makeAuthority('next', now)
  const { ask, sockets } = await asking(t, server)
  assert.equal(await ask(), 200)
  setCa(`${next.certPem}\n${ours.certPem}`)
  assert.equal(await ask(), 200, 'a bundle that still has it')
  setCa(next.certPem)
  assert.equal(await ask(), 401)
  assert.equal(sockets.size, 1)
  assert.throws(() => setCa('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'))
  assert.throws(() => setCa(''), /holds no certificate/)
})

test('a CA of the same name and another key vouches for nobody of the first', async (t) => {
  const { setCa, ...server } = await nodeServer(t)
  const { ask } = await asking(t, server)
  assert.equal(await ask(), 200)
  setCa((await makeAuthority('ours', now)).certPem)
  assert.equal(await ask(), 401)
})

test('who came by an intermediate CA is trusted as TLS found it, until the CAs are others; a session from before that is not resumed', async (t) => {
  const { setCa, ...server } = await nodeServer(t)
  const chain = await chained(2 * day)
  const { ask } = await asking(t, server, chain)
  const { statusesOf } = resuming(t, server, 'TLSv1.3', chain)
  assert.deepEqual([await ask(), await statusesOf(), await statusesOf()], [200, { status: 200, resumed: false }, { status: 200, resumed: true }])
  setCa(`${ours.certPem}\n${(await makeAuthority('more', now)).certPem}`)
  assert.equal(await ask(), 401, 'nobody can say any more who stood between')
  assert.equal(await ask(), 200, 'by a new handshake')
  assert.deepEqual(await statusesOf(), { status: 200, resumed: false })
  setCa((await makeAuthority('other', now)).certPem)
  assert.equal((await statusesOf()).status, 401)
})

test('a certificate does not outlive the CA that signed it', async (t) => {
  const { setCa, ...server } = await nodeServer(t)
  const old = await makeAuthority('old', now - 3640 * day)
  setCa(old.certPem)
  const { ask } = await asking(t, server, await issueClient(old, { commonName: 'admin', organizations: [] }, now))
  assert.equal(await ask(), 200)
  later(t, 20 * day)
  assert.equal(await ask(), 401)
})

/** A client certificate below an intermediate CA that lives `ms`. */
async function chained(ms: number): Promise<KeyPair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const above = new x509.X509Certificate(ours.certPem)
  const signingKey = await crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(ours.keyPem), algorithm, true, ['sign'])
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const middle = await x509.X509CertificateGenerator.create({
    ...{ subject: 'CN=middle', issuer: above.subject, publicKey: keys.publicKey, signingKey, signingAlgorithm: algorithm },
    ...{ notBefore: new Date(now - day), notAfter: new Date(now + ms) },
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.AuthorityKeyIdentifierExtension.create(above),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  const leaf = await issueClient({ certPem: middle.toString('pem'), keyPem: key }, { commonName: 'admin', organizations: [] }, now)
  return { certPem: `${leaf.certPem}\n${middle.toString('pem')}`, keyPem: leaf.keyPem }
}

/** Connections that each resume the session of the one before. */
function resuming(t: TestContext, { port, path }: { port: number; path: string }, version: 'TLSv1.2' | 'TLSv1.3', identity: KeyPair = admin) {
  let session: Buffer | undefined
  const answerOf = async () => {
    const tls = { minVersion: version, maxVersion: version, rejectUnauthorized: false, cert: identity.certPem, key: identity.keyPem }
    const socket = connect({ host: '127.0.0.1', port, ...tls, ...(session && { session }) })
    t.after(() => socket.destroy())
    socket.on('session', (next) => {
      session = next
    })
    await once(socket, 'secureConnect')
    const resumed = socket.isSessionReused()
    socket.write(`GET ${path} HTTP/1.0\r\n\r\n`)
    let text = ''
    for await (const chunk of socket.setEncoding('utf8') as AsyncIterable<string>) text += chunk
    return { text, resumed }
  }
  return {
    async statusesOf() {
      const { text, resumed } = await answerOf()
      return { status: Number(text.split(' ')[1]), resumed }
    },
  }
}

async function statuses(socket: TLSSocket, count: number): Promise<number[]> {
  let text = ''
  // Not by `once` again and again: what comes in two pieces of one turn would be heard by half.
  for await (const [chunk] of on(socket, 'data')) {
    text += chunk
    const found = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
    if (found.length >= count) return found
  }
  return []
}
