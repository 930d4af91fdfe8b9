import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { storedDefinitions } from '../../../../src/controlplane/apiserver/kinds/definitions.ts'
import { systemUser } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { type ControlPlane, createControlPlane } from '../../../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { configMaps } from '../../harness.ts'

const bearer = (token: string) => `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`

describe('a watch over a WebSocket', () => {
  let server: ControlPlane

  before(async () => {
    server = await createControlPlane({
      storage: new MemoryStorage(),
      definitions: storedDefinitions({}),
      authenticate: async ({ bearerToken }) => (bearerToken === 'good' ? systemUser : undefined),
      authorize: async () => ({ allowed: true }),
      listen: { host: '127.0.0.1', port: 0 },
      clock: systemClock,
      log: silentLogger,
    })
    await server.backend.create({ resource: 'namespaces' }, { metadata: { name: 'default' } })
    await server.backend.create(configMaps, { metadata: { name: 'a' } })
  })
  after(() => server[Symbol.asyncDispose]())

  const open = (query: string, ...protocols: string[]) =>
    new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/namespaces/default/configmaps?watch=1&${query}`, protocols)

  it('has an event in each message, by a token among the protocols, and ends with its time', async () => {
    const socket = open('timeoutSeconds=1', bearer('good'), 'mine')
    const seen: string[] = []
    socket.on('message', (data: Buffer, binary: boolean) => {
      const { type, object } = JSON.parse(data.toString())
      seen.push(`${binary} ${type} ${object.metadata.name}`)
      if (seen.length === 1) void server.backend.create(configMaps, { metadata: { name: 'b' } })
    })
    const [code] = (await once(socket, 'close')) as [number]
    assert.deepEqual([seen, socket.protocol, code], [['false ADDED a', 'false ADDED b'], 'mine', 1000])
  })

  it('says nothing to who shows no token, or a wrong one', async () => {
    for (const protocol of ['mine', bearer('bad'), 'base64url.bearer.authorization.k8s.io.']) {
      const [error] = (await once(open('', protocol), 'error')) as [Error]
      assert.match(error.message, /401/)
    }
  })

  it('of a version that is too old says so in its one message', async () => {
    await server.backend.create(configMaps, { metadata: { name: 'c' } })
    server.compact()
    const socket = open('resourceVersion=1', bearer('good'), 'mine')
    const [data] = (await once(socket, 'message')) as [Buffer]
    assert.equal(JSON.parse(data.toString()).object.code, 410)
    await once(socket, 'close')
  })
})
