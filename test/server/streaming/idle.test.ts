import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import { systemClock } from '../../../src/base/clock.ts'
import type { ContainerEngine, StreamSession } from '../../../src/engine/engine.ts'
import { readNodeRequest, understood } from '../../../src/server/node-request.ts'
import { serveUpgrade } from '../../../src/server/streaming/upgrades.ts'

/** A server of `/exec` into a command that says nothing. `closed` settles when the command's session has been closed. */
async function serving(t: TestContext, idleTimeoutMs: number) {
  const closed = Promise.withResolvers<void>()
  const silent = (): StreamSession => ({
    ...{ stdin: undefined, stdout: new PassThrough(), stderr: undefined, exit: new Promise<number>(() => {}) },
    resize: async () => {},
    close: async () => closed.resolve(),
  })
  const engine = {
    podState: async () => ({ sandboxes: [], containers: [{ name: 'c', state: 'running', id: 'id' }] }),
    execStream: async () => silent(),
  } as unknown as ContainerEngine
  const pods = () => [{ metadata: { name: 'p', namespace: 'n', uid: 'u' } }]
  const server = createServer()
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {})
    void serveUpgrade({ request, asked: understood(readNodeRequest(request)), socket, head }, { engine, pods, clock: systemClock, idleTimeoutMs }).catch(
      () => {},
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { port: (server.address() as AddressInfo).port, closed: closed.promise }
}

test('a WebSocket that carries nothing is ended after its time, and its command with it', async (t) => {
  const { port, closed } = await serving(t, 100)
  const client = new WebSocket(`ws://127.0.0.1:${port}/exec/n/p/c?command=x&output=1`, ['v5.channel.k8s.io'])
  await Promise.all([once(client, 'close'), closed])
})

test('a SPDY connection that carries nothing is ended after its time', async (t) => {
  const { port } = await serving(t, 100)
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' }
  const call = request({ host: '127.0.0.1', port, method: 'POST', path: '/exec/n/p/c?command=x&output=1', headers })
  call.end()
  const [response, socket] = await once(call, 'upgrade')
  assert.equal(response.headers['x-stream-protocol-version'], 'v4.channel.k8s.io')
  socket.resume()
  await once(socket, 'close')
})

test('one that nobody limits is not ended', async (t) => {
  const { port } = await serving(t, 0)
  const client = new WebSocket(`ws://127.0.0.1:${port}/exec/n/p/c?command=x&output=1`, ['v5.channel.k8s.io'])
  await once(client, 'open')
  client.ping()
  await once(client, 'pong')
  assert.equal(client.readyState, WebSocket.OPEN)
  client.terminate()
})
