import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import { servedStreams } from './served-exec.ts'

/** A server of `/exec` into a command that says nothing. `closed` settles when the command's session has been closed. */
async function serving(t: TestContext, idleTimeoutMs: number) {
  const closed = Promise.withResolvers<void>()
  const served = await servedStreams(() => ({ close: closed.resolve }), { idleTimeoutMs })
  t.after(() => served[Symbol.asyncDispose]())
  return { port: served.port, closed: closed.promise }
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
