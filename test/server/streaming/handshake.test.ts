import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { waitUntil } from '../../support/wait-until.ts'
import { rawWebSocket, servedStreams } from './served-exec.ts'

for (const [path, protocol] of [
  ['/exec/n/p/c?command=x&output=1', 'v5.channel.k8s.io'],
  ['/exec/n/p/c?command=x&output=1', 'v4.base64.channel.k8s.io'],
  ['/portForward/n/p', 'SPDY/3.1+portforward.k8s.io'],
  ['/portForward/n/p?port=80', 'v4.channel.k8s.io'],
] as const)
  test(`a WebSocket GET of ${path.split('?')[0]} with ${protocol} is agreed on by that name, as by a kubelet`, async () => {
    await using served = await servedStreams(() => ({}))
    const { socket, head } = await rawWebSocket(served.port, path, `something.else, ${protocol}`)
    assert.match(head, /^HTTP\/1\.1 101 /)
    assert.deepEqual(
      head.split('\r\n').filter((line) => /^sec-websocket-protocol:/i.test(line)),
      [`Sec-WebSocket-Protocol: ${protocol}`],
    )
    socket.destroy()
  })

test('a WebSocket that is refused for its key, and whose client goes on sending, is closed soon', async () => {
  await using served = await servedStreams(() => ({}))
  const { socket, head } = await rawWebSocket(served.port, '/exec/n/p/c?command=x&output=1', 'v5.channel.k8s.io', 'short')
  const server = await waitUntil('its server’s end', () => served.sockets[0])
  assert.match(head, /^HTTP\/1\.1 400 /)
  socket.write(Buffer.alloc(1 << 20))
  if (!server.closed) await once(server, 'close')
})
