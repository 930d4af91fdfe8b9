import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { boundConnections, boundServerOptions, type ConnectionBounds } from '../../src/connections/bound-connections.ts'
import { issueServing, makeAuthority } from '../../src/controlplane/pki/authority.ts'
import { waitUntil } from '../support/wait-until.ts'
import { heardOn, type Listening, listening, saying, untilNone } from './clients.ts'

const bounds: ConnectionBounds = { most: 8, idleMs: 300, stalledMs: 400, knownStalledMs: 60_000 }
const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const asMember = 'GET / HTTP/1.1\r\nHost: x\r\nAuthorization: member\r\n\r\n'

/** Members are known; for the rest `serve` answers. */
async function serving(over: Partial<ConnectionBounds> = {}, serve = (_: IncomingMessage, response: ServerResponse) => void response.end('done')) {
  const server = createServer(boundServerOptions)
  const connections = boundConnections(server, { ...bounds, ...over })
  server.on('request', (request, response) => {
    connections.setKnown(request.socket, request.headers.authorization === 'member')
    serve(request, response)
  })
  return Object.assign(await listening(server), { connections })
}

async function secureServer() {
  const now = Date.now()
  const { certPem, keyPem } = await issueServing(await makeAuthority('ca', now), 'server', [], ['127.0.0.1'], now)
  return createHttpsServer({ ...boundServerOptions, cert: certPem, key: keyPem })
}

const many = (served: Listening, count: number, text = '') => Promise.all(Array.from({ length: count }, () => saying(served.port, text)))

for (const [what, text] of [
  ['say nothing', ''],
  ['begin headers and do not end them', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
  ['ask once and stay', get],
] as const)
  test(`callers that ${what} hold no more connections than are allowed, and those not for long`, async () => {
    await using served = await serving()
    const clients = await many(served, 40, text)
    await waitUntil('the bound', () => served.open.size <= bounds.most)
    await untilNone(served)
    assert.equal(served.connections.unknown, 0)
    for (const client of clients) client.destroy()
  })

test('headers that drip are not waited for', async () => {
  await using served = await serving({ most: 100 })
  const client = await saying(served.port, 'GET / HTTP/1.1\r\n')
  const drip = setInterval(() => client.write('X'), 20)
  await heardOn(client)
  clearInterval(drip)
  await untilNone(served)
})

test('a TLS handshake that is begun and not finished is not waited for', async () => {
  const server = await secureServer()
  boundConnections(server, { ...bounds, most: 100 })
  await using served = await listening(server)
  // The beginning of a ClientHello.
  await Promise.all(Array.from({ length: 20 }, () => saying(served.port, Buffer.from('160301020001', 'hex'))))
  await untilNone(served)
})

test('a server that closes waits neither for a TLS handshake that is begun nor for a caller that says nothing', async () => {
  const server = await secureServer()
  const connections = boundConnections(server, { ...bounds, most: 100, idleMs: 3_600_000 })
  const served = await listening(server)
  for (const text of ['', Buffer.from('160301020001', 'hex')]) await saying(served.port, text)
  await waitUntil('both to have come', () => served.open.size === 2)
  server.close()
  server.closeAllConnections()
  connections.endAll()
  await once(server, 'close')
  await untilNone(served)
})

test('over TLS too: who is known keeps the connection while others flood, and who is not does not', async () => {
  const server = await secureServer()
  const connections = boundConnections(server, bounds)
  server.on('request', (request, response) => {
    connections.setKnown(request.socket, request.headers.authorization === 'member')
    response.end('done')
  })
  await using served = await listening(server)
  const asking = async (text: string) => {
    const socket = connectTls({ port: served.port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {})
    await once(socket, 'secureConnect')
    socket.write(text)
    await once(socket, 'data')
    return socket
  }
  const [member, guest] = [await asking(asMember), await asking(get)]
  await many(served, 40)
  await once(guest, 'close')
  await waitUntil('only the known to be left', () => served.open.size === 1)
  member.write(asMember)
  await once(member, 'data')
  member.destroy()
})

test('who asked without a credential goes before one that has not asked yet, also while it is being answered', async () => {
  const server = createServer(boundServerOptions)
  const connections = boundConnections(server, { ...bounds, idleMs: 60_000, stalledMs: 60_000 })
  server.on('request', ({ socket }) => connections.setKnown(socket, false))
  await using served = await listening(server)
  const coming = await saying(served.port, '')
  const strangers = await Promise.all(Array.from({ length: bounds.most - 1 }, () => saying(served.port, get)))
  await waitUntil('all to be there', () => connections.unknown === bounds.most)
  const gone = Promise.race(strangers.map((stranger) => once(stranger, 'close')))
  await saying(served.port, get)
  await gone
  assert.equal(coming.destroyed, false)
})

test('a connection of a known caller is known as long as its requests are', async () => {
  await using served = await serving()
  const client = await saying(served.port, asMember)
  await once(client, 'data')
  assert.equal(served.connections.unknown, 0)
  client.write(get)
  await once(client, 'data')
  assert.equal(served.connections.unknown, 1)
  await untilNone(served)
})

test('who turns out to be unknown after the connection has gone is not counted', async () => {
  const server = createServer(boundServerOptions)
  const connections = boundConnections(server, bounds)
  const sockets: Socket[] = []
  server.on('request', ({ socket }, response) => {
    sockets.push(socket)
    connections.setKnown(socket, true)
    response.end('done')
  })
  await using served = await listening(server)
  const client = await saying(served.port, asMember)
  await once(client, 'data')
  client.destroy()
  await untilNone(served)
  connections.setKnown(sockets[0] as Socket, false)
  assert.equal(connections.unknown, 0)
})

test('who comes while others flood is answered, and the flooder’s own connections go first', async () => {
  await using served = await serving({ idleMs: 60_000 })
  await many(served, 40)
  for (let n = 0; n < 20; n += 1) {
    const flood = many(served, 4)
    const client = await saying(served.port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    assert.match(await heardOn(client), /done$/)
    await flood
  }
  assert.ok(served.open.size <= bounds.most)
})

test('an answer that is being made is not idle', async () => {
  const held: ServerResponse[] = []
  await using served = await serving({ idleMs: 50 }, (_, response) => void held.push(response))
  const client = await saying(served.port, get)
  const answer = await waitUntil('the request', () => held[0])
  await saying(served.port).then((silent) => once(silent, 'close'))
  assert.equal(served.open.size, 1)
  answer.end('at last')
  assert.match(await heardOn(client), /at last/)
})

test('an answer that its unknown caller does not take is given up; one of a known caller waits', async () => {
  const big = Buffer.alloc(32 << 20)
  await using served = await serving({}, (_, response) => void response.end(big))
  const [guest, member] = [await saying(served.port, get), await saying(served.port, asMember)]
  guest.pause()
  member.pause()
  await waitUntil('the unknown to be gone', () => served.open.size === 1)
  const sizes: number[] = []
  member.on('data', (chunk: Buffer) => sizes.push(chunk.length))
  member.resume()
  await waitUntil('all of it', () => sizes.reduce((sum, size) => sum + size, 0) > big.length)
  guest.destroy()
  member.destroy()
})

test('who is known does not stall for ever either', async () => {
  await using served = await serving({ knownStalledMs: 600 }, (_, response) => void response.end(Buffer.alloc(32 << 20)))
  const member = await saying(served.port, asMember)
  member.pause()
  await untilNone(served)
  member.destroy()
})

test('CONNECT, and an upgrade in the middle of other requests, end the connection', async () => {
  const upgrades: Socket[] = []
  const server = createServer({ ...boundServerOptions, shouldUpgradeCallback: () => true })
  boundConnections(server, bounds)
  server.on('request', () => {})
  server.on('upgrade', (_, socket: Socket) => {
    if (!socket.destroyed) upgrades.push(socket)
  })
  await using served = await listening(server)
  await heardOn(await saying(served.port, 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n'))
  await heardOn(await saying(served.port, `${get}GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`))
  assert.equal(upgrades.length, 0)
  await untilNone(served)
})
