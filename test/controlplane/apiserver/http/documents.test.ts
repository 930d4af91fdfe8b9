import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Documents } from '../../../../src/controlplane/apiserver/http/documents.ts'
import { kinds } from '../../../../src/controlplane/apiserver/kinds/registry.ts'

const documents = new Documents()
const at = (pathname: string, accept?: string, resources = kinds) => documents.at({ pathname, accept, address: '127.0.0.1:1', resources, minor: 36 })
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

test('a document is made once while its kinds are the same, others when theirs change', () => {
  const [core, apps] = [at('/openapi/v3/api/v1'), at('/openapi/v3/apis/apps/v1')]
  assert.equal(at('/openapi/v3/api/v1'), core)
  const fewer = kinds.filter(({ kind }) => kind !== 'DaemonSet')
  assert.equal(at('/openapi/v3/api/v1', undefined, fewer), core)
  const other = at('/openapi/v3/apis/apps/v1', undefined, fewer)
  assert.notEqual(other?.etag, apps?.etag)
  assert.equal(String(other?.body).includes('apps.v1.DaemonSet"'), false)
})

test('the index names each document with its tag, so that who has it need not ask', () => {
  const { paths } = JSON.parse(String(at('/openapi/v3')?.body)) as { paths: Record<string, { serverRelativeURL: string }> }
  for (const [path, { serverRelativeURL }] of Object.entries(paths))
    assert.equal(serverRelativeURL, `/openapi/v3/${path}?hash=${at(`/openapi/v3/${path}`)?.etag}`)
})

test('aggregated discovery has a tag, of what it says', () => {
  const one = at('/apis', aggregated)
  assert.equal(one?.contentType, aggregated)
  assert.ok(one.etag)
  assert.equal(at('/apis', aggregated)?.etag, one.etag)
  assert.notEqual(at('/apis', aggregated, kinds.slice(0, -1))?.etag, one.etag)
})

test('OpenAPI v2 is JSON, or what clients in Go ask for', () => {
  assert.equal(at('/openapi/v2', 'application/json')?.contentType, 'application/json')
  const binary = at('/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf')
  assert.equal(binary?.contentType, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
  assert.ok(Buffer.from(binary.body).includes('io.k8s.api.core.v1.Pod'))
})

test('the root names all paths; there is nothing else', () => {
  const { paths } = JSON.parse(String(at('/')?.body)) as { paths: string[] }
  for (const path of ['/api/v1', '/apis/apps', '/apis/apps/v1', '/openapi/v2', '/version']) assert.ok(paths.includes(path), path)
  for (const path of ['/openapi/v3/apis/none/v1', '/openapi/v4', '/apis/none', '/api/v2', '/openapi/v3/constructor']) assert.equal(at(path), undefined)
})
