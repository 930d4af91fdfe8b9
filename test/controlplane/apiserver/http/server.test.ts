import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { storedDefinitions } from '../../../../src/controlplane/apiserver/kinds/definitions.ts'
import { systemUser } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { type ControlPlane, createControlPlane } from '../../../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { aPod, pods } from '../../harness.ts'

type Json = Record<string, unknown>

describe('the API over HTTP', () => {
  let server: ControlPlane
  const bookmarkIntervalMs = 20

  before(async () => {
    server = await createControlPlane({
      storage: new MemoryStorage(),
      definitions: storedDefinitions({}),
      authenticate: async ({ bearerToken }) => (bearerToken === 'bad' ? undefined : bearerToken === 'weak' ? { name: 'weak', groups: [] } : systemUser),
      authorize: async (user) => ({ allowed: user.name !== 'weak' }),
      listen: { host: '127.0.0.1', port: 0 },
      clock: systemClock,
      log: silentLogger,
      bookmarkIntervalMs,
    })
    await server.backend.create({ resource: 'namespaces' }, { metadata: { name: 'default' } })
    await server.backend.create(pods, aPod('a', { labels: { app: 'x' } }))
  })
  after(() => server[Symbol.asyncDispose]())

  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(server.url + path, init)
    return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
  }
  const post = (body: string, type = 'application/json') =>
    call('/api/v1/namespaces/default/configmaps', { method: 'POST', body, headers: { 'content-type': type } })

  it('refuses who it does not know, and tells who may not what they may not', async () => {
    assert.equal((await call('/api/v1/pods', { headers: { authorization: 'Bearer bad' } })).status, 401)
    const { status, body } = await call('/api/v1/pods', { headers: { authorization: 'Bearer weak' } })
    assert.equal(status, 403)
    assert.match(body.message as string, /User "weak" cannot list resource "pods" in API group "" at the cluster scope/)
  })

  it('reads YAML and refuses what is neither that nor JSON', async () => {
    assert.equal((await post('kind: ConfigMap\napiVersion: v1\nmetadata: {name: from-yaml}', 'application/yaml')).status, 201)
    assert.equal((await post('x', 'text/plain')).status, 415)
    const { status, body } = await post('{"a"; 1}')
    assert.deepEqual([status, body.reason], [400, 'BadRequest'])
  })

  it('refuses a body above 3 MiB without reading it all', async () => {
    const { status, body } = await post(JSON.stringify({ metadata: { name: 'big' }, data: { x: 'x'.repeat(3 * 1024 * 1024) } }))
    assert.deepEqual([status, body.reason], [413, 'RequestEntityTooLarge'])
  })

  it('warns of an unknown field, and drops it', async () => {
    const { headers, body } = await post(JSON.stringify({ metadata: { name: 'warned' }, nope: 1 }))
    assert.equal(headers.get('warning'), '299 - "unknown field \\"nope\\""')
    assert.equal('nope' in body, false)
  })

  it('answers who takes nothing that there is with a 406, and the best of what there is to others', async () => {
    const type = async (accept: string) => {
      const { status, headers } = await fetch(`${server.url}/api/v1/namespaces/default/pods/a`, { headers: { accept } })
      return status === 200 ? headers.get('content-type') : status
    }
    assert.equal(await type('text/html'), 406)
    assert.equal(await type('text/html,*/*;q=0.1'), 'application/json')
    assert.equal(await type('application/json;q=0.5,application/yaml'), 'application/yaml')
    assert.equal(await type('application/vnd.kubernetes.protobuf'), 'application/vnd.kubernetes.protobuf')
  })

  it('sends a document once: 304 to who has it, led to the present one by a hash of the past', async () => {
    const path = `${server.url}/openapi/v3/apis/apps/v1`
    const first = await fetch(path)
    const etag = first.headers.get('etag') ?? ''
    assert.equal((await fetch(path, { headers: { 'if-none-match': etag } })).status, 304)
    const moved = await fetch(`${path}?hash=old`, { redirect: 'manual' })
    assert.deepEqual([moved.status, moved.headers.get('location')], [301, `/openapi/v3/apis/apps/v1?hash=${JSON.parse(etag)}`])
    const kept = await fetch(`${path}?hash=${JSON.parse(etag)}`)
    assert.deepEqual([kept.status, kept.headers.get('cache-control')], [200, 'public, immutable'])
  })

  it('knows no method of a resource that has it not, nor a path that leads nowhere', async () => {
    assert.equal((await call('/api/v1/namespaces/default/pods', { method: 'PUT', body: '{}' })).status, 405)
    assert.equal((await call('/api/v1/namespaces/default/pods/a/none')).status, 404)
    assert.equal((await call('/apis/none/v1')).status, 404)
  })

  it('says that it is well', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) assert.equal(await (await fetch(server.url + path)).text(), 'ok')
    for (const page of ['healthz', 'livez', 'readyz'])
      assert.equal(await (await fetch(`${server.url}/${page}?verbose`)).text(), `[+]ping ok\n[+]log ok\n[+]etcd ok\n${page} check passed\n`)
  })

  it('a watch sends bookmarks when asked to, and ends at its timeout', async () => {
    const response = await fetch(`${server.url}/api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=1&labelSelector=app%3Dx`)
    const events = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: { metadata: { resourceVersion: string } } })
    assert.deepEqual(
      events.slice(0, 2).map(({ type }) => type),
      ['ADDED', 'BOOKMARK'],
    )
    assert.ok(Number(events.at(-1)?.object.metadata.resourceVersion) >= 3)
  })
})
