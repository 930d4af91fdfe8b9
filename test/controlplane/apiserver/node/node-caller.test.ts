import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { NodeCaller, type NodeCallerIdentity } from '../../../../src/controlplane/apiserver/node/node-caller.ts'
import { issueClient, makeAuthority } from '../../../../src/controlplane/pki/authority.ts'
import { InProcessSocket } from '../../../../src/server/in-process/connection.ts'

test('a stream to a node in this process goes over a connection that knows who asks; other nodes are dialled', async () => {
  const authority = await makeAuthority('ca', Date.now())
  const caller = new NodeCaller(await issueClient(authority, { commonName: 'api-server', organizations: ['system:masters'] }, Date.now()))
  const node = createServer().on('upgrade', (request, socket) =>
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n${request.url}`),
  )
  const callers: NodeCallerIdentity[] = []
  caller.reachInProcess('here', (identity) => {
    callers.push(identity)
    const [near, far] = InProcessSocket.pair()
    node.emit('connection', far)
    return near
  })
  // Nothing listens on port 1.
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: 1 } } }
  const upgrade = (name: string) =>
    caller.upgrade({ node: { metadata: { name }, status }, method: 'GET', path: '/exec/n/p/c', headers: { connection: 'Upgrade', upgrade: 'x' } })
  const answer = await upgrade('here')
  assert.ok(answer.agreed)
  let said = answer.head.toString()
  for await (const chunk of answer.socket) said += chunk
  assert.equal(said, '/exec/n/p/c')
  assert.deepEqual(callers, [{ name: 'api-server', groups: ['system:masters', 'system:authenticated'] }])
  await assert.rejects(upgrade('elsewhere'), /ECONNREFUSED/)
})
