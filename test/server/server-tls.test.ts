import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { issueClient, issueServing, makeAuthority } from '../../src/controlplane/pki/authority.ts'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import { createAuthentication } from '../../src/server/authentication.ts'
import { startNodeServer } from '../../src/server/node-server.ts'

test('nobody is served without a certificate; a new one, and a new CA of clients, hold for the next connection', async () => {
  const now = Date.now()
  const [old, next] = [await makeAuthority('old', now), await makeAuthority('next', now)]
  const clock = new ManualClock()
  await using server = await startNodeServer({
    address: '127.0.0.1',
    port: 0,
    clientCa: old.certPem,
    authenticate: createAuthentication({ client: undefined, anonymous: false, tokenTtlMs: 1000, clock }),
    authorize: async () => true,
    sources: { engine: {} as ContainerEngine, pods: () => [], healthy: () => true },
    clock,
    log: silentLogger,
  })
  const connected = (options: ConnectionOptions = {}) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...options }, () => resolve(socket))
      socket.once('error', reject)
    })
  const statusFor = async (options: ConnectionOptions) => {
    const socket = await connected(options)
    socket.end('GET /healthz HTTP/1.0\r\n\r\n')
    let text = ''
    for await (const chunk of socket.setEncoding('utf8')) text += chunk
    return Number(text.split(' ')[1])
  }
  await assert.rejects(connected(), /handshake failure/)

  const [one, two] = [await issueServing(old, 'one', ['one'], [], now), await issueServing(old, 'two', ['two'], [], now)]
  server.setCertificate({ certificate: one.certPem, key: one.keyPem })
  const first = await connected()
  server.setCertificate({ certificate: two.certPem, key: two.keyPem })
  const second = await connected()
  assert.deepEqual([first.getPeerCertificate().subject.CN, second.getPeerCertificate().subject.CN], ['one', 'two'])
  first.destroy()
  second.destroy()

  const subject = { commonName: 'admin', organizations: [] }
  const clients = [await issueClient(old, subject, now), await issueClient(next, subject, now)].map(({ certPem, keyPem }) => ({ cert: certPem, key: keyPem }))
  const statuses = async () => [await statusFor(clients[0] ?? {}), await statusFor(clients[1] ?? {})]
  assert.deepEqual(await statuses(), [200, 401])
  server.setClientCa(next.certPem)
  assert.deepEqual(await statuses(), [401, 200])
  for (const garbage of [
    '',
    'garbage',
    old.certPem.replace(/[A-Za-z0-9]{40}/, 'x'),
    `${next.certPem}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  ])
    assert.throws(() => server.setClientCa(garbage), /holds no certificate|cannot be read/)
  assert.deepEqual(await statuses(), [401, 200], 'what is no CA changes nothing')
})
