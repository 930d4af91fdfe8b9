import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds } from '../../../../src/controlplane/apiserver/kinds/registry.ts'
import { openApiDocument, openApiIndex } from '../../../../src/controlplane/apiserver/openapi/document.ts'

type Schema = { properties: Record<string, Record<string, unknown>>; 'x-kubernetes-group-version-kind'?: unknown }
const document = openApiDocument('v1', kinds) as {
  components: { schemas: Record<string, Schema> }
  paths: Record<string, Record<string, { parameters?: { name: string }[] }>>
}

test('containers carry the keys that kubectl merges by', () => {
  const containers = document.components.schemas['io.k8s.api.core.v1.PodSpec']?.properties.containers
  assert.equal(containers?.['x-kubernetes-patch-merge-key'], 'name')
  assert.equal(containers?.['x-kubernetes-patch-strategy'], 'merge')
})

test('every served kind is found by its group, version and kind', () => {
  assert.deepEqual(document.components.schemas['io.k8s.api.core.v1.Pod']?.['x-kubernetes-group-version-kind'], [{ group: '', version: 'v1', kind: 'Pod' }])
  assert.ok(document.components.schemas['io.k8s.api.core.v1.Event']?.['x-kubernetes-group-version-kind'])
})

test('patching takes fieldValidation, so kubectl leaves validation to the server', () => {
  const patch = document.paths['/api/v1/namespaces/{namespace}/pods/{name}']?.patch
  assert.ok(patch?.parameters?.some(({ name }) => name === 'fieldValidation'))
})

test('every reference leads to a schema', () => {
  for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/([\w.]+)/g)) assert.ok(document.components.schemas[name ?? ''], name)
})

test('the index names a document for each group version', () => {
  assert.ok(Object.keys(openApiIndex(kinds).paths as object).includes('apis/coordination.k8s.io/v1'))
})
