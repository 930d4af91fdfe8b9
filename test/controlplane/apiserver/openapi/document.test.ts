import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds } from '../../../../src/controlplane/apiserver/kinds/registry.ts'
import { openApiDocument, openApiIndex } from '../../../../src/controlplane/apiserver/openapi/v3.ts'

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

test('kinds of every group have their schema, their list and what is required', () => {
  for (const gv of new Set(kinds.map((kind) => (kind.group ? `${kind.group}/${kind.version}` : kind.version)))) {
    const { schemas } = (openApiDocument(gv, kinds) as typeof document).components
    const marked = Object.values(schemas).flatMap((schema) => (schema['x-kubernetes-group-version-kind'] as { kind: string }[] | undefined) ?? [])
    for (const { kind } of kinds.filter((each) => (each.group ? `${each.group}/${each.version}` : each.version) === gv)) {
      assert.ok(
        marked.some((each) => each.kind === kind),
        kind,
      )
      assert.ok(
        marked.some((each) => each.kind === `${kind}List`),
        `${kind}List`,
      )
    }
  }
  assert.deepEqual((document.components.schemas['io.k8s.api.core.v1.PodSpec'] as unknown as { required: string[] }).required, ['containers'])
})

test('a field says what it is for, and which values it takes', () => {
  const container = document.components.schemas['io.k8s.api.core.v1.Container']?.properties
  assert.match(String(container?.image?.description), /image name/)
  assert.deepEqual(container?.imagePullPolicy?.enum, ['Always', 'IfNotPresent', 'Never'])
  assert.deepEqual(document.components.schemas['io.k8s.api.core.v1.ContainerPort']?.properties.protocol?.default, 'TCP')
})

test('quantities, times and numbers that may be names have schemas of their own, as in upstream’s document', () => {
  const { schemas } = document.components as unknown as { schemas: Record<string, unknown> }
  assert.deepEqual(schemas['io.k8s.apimachinery.pkg.api.resource.Quantity'], { oneOf: [{ type: 'string' }, { type: 'number' }] })
  assert.deepEqual(schemas['io.k8s.apimachinery.pkg.apis.meta.v1.Time'], { type: 'string', format: 'date-time' })
  assert.deepEqual(schemas['io.k8s.apimachinery.pkg.util.intstr.IntOrString'], { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] })
})

test('a custom kind takes no strategic patch, by which kubectl apply chooses its own; a built-in one does', () => {
  const widget = { ...(kinds[0] as (typeof kinds)[number]), group: 'example.com', resource: 'widgets', kind: 'Widget', schema: { type: 'object' as const } }
  const patchOf = (of: unknown, path: string) =>
    Object.keys((of as { paths: Record<string, { patch: { requestBody: { content: object } } }> }).paths[path]?.patch.requestBody.content ?? {})
  const custom = patchOf(openApiDocument('example.com/v1', [widget]), '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}')
  assert.deepEqual(custom, ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'])
  assert.ok(patchOf(document, '/api/v1/namespaces/{namespace}/pods/{name}').includes('application/strategic-merge-patch+json'))
})
