import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { crdResource, isConditionTrue } from '../../../../src/controlplane/apiserver/custom/custom-resource-definition.ts'
import { storedDefinitions } from '../../../../src/controlplane/apiserver/kinds/definitions.ts'
import { systemUser } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { type ControlPlane, createControlPlane } from '../../../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { CustomResourceDefinitionController } from '../../../../src/controlplane/controllers/apiextensions/definitions.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { aDefinition, aWidget, type Json, specOf, widgets } from './widgets.ts'

const schema = specOf({
  size: { type: 'integer', description: 'How large.' },
  replicas: { type: 'integer' },
  ready: { type: 'boolean' },
  list: { type: 'array', items: { type: 'string' } },
})
const shown = {
  subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } },
  additionalPrinterColumns: [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'List', type: 'string', jsonPath: '.spec.list', priority: 1, description: 'All of them' },
    { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
}
const whole = { ...schema, properties: { ...schema.properties, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } as const

describe('custom kinds over HTTP', () => {
  let server: ControlPlane
  const stopping = new AbortController()
  let running: Promise<void>

  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(server.url + path, init)
    return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
  }
  const define = async (definition: KubeObject) => {
    await server.backend.create({ resource: crdResource }, definition)
    for await (const { object } of server.backend.watch({ resource: crdResource }, { fieldSelector: `metadata.name=${definition.metadata?.name}` }))
      if (isConditionTrue(object as never, 'Established')) return
  }
  const all = '/apis/example.com/v1/namespaces/default/widgets'

  before(async () => {
    server = await createControlPlane({
      storage: new MemoryStorage(),
      definitions: storedDefinitions({}),
      authenticate: async () => systemUser,
      authorize: async () => ({ allowed: true }),
      listen: { host: '127.0.0.1', port: 0 },
      clock: systemClock,
      log: silentLogger,
    })
    running = new CustomResourceDefinitionController({ backend: server.backend, clock: systemClock, log: silentLogger, signal: stopping.signal }).run()
    await server.backend.create({ resource: 'namespaces' }, { metadata: { name: 'default' } })
    assert.equal((await call('/apis/example.com/v1')).status, 404)
    await define(
      aDefinition(whole, {
        names: { shortNames: ['wd'], categories: ['all'] },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: whole }, ...shown },
          { name: 'v1alpha1', served: true, storage: false, deprecated: true, schema: { openAPIV3Schema: whole } },
        ],
      }),
    )
    await server.backend.create(widgets, aWidget('a', { size: 3, replicas: 2, list: ['x', 'y'] }))
  })
  after(async () => {
    stopping.abort()
    await running
    await server[Symbol.asyncDispose]()
  })

  it('are in discovery as soon as they are established: names, subresources, all served versions', async () => {
    const { body } = await call('/apis/example.com/v1')
    const resources = body.resources as Json[]
    assert.deepEqual(
      resources.map(({ name, kind, shortNames, categories }) => [name, kind, shortNames, categories]),
      [
        ['widgets', 'Widget', ['wd'], ['all']],
        ['widgets/scale', 'Scale', undefined, undefined],
        ['widgets/status', 'Widget', undefined, undefined],
      ],
    )
    const group = (await call('/apis/example.com')).body as { versions: Json[]; preferredVersion: Json }
    assert.deepEqual([group.versions.map(({ version }) => version), group.preferredVersion.version], [['v1', 'v1alpha1'], 'v1'])
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const aggregated = (await call('/apis', { headers: { accept } })).body.items as { metadata: Json; versions: { version: string; resources: Json[] }[] }[]
    assert.equal(aggregated.find(({ metadata }) => metadata.name === 'example.com')?.versions[0]?.resources[0]?.resource, 'widgets')
  })

  it('are in OpenAPI v3 with their descriptions, under a hash that changes with the schema', async () => {
    const place = async () =>
      ((await call('/openapi/v3')).body.paths as Record<string, { serverRelativeURL: string }>)['apis/example.com/v1']?.serverRelativeURL ?? ''
    const before = await place()
    const { components } = (await call(before)).body as { components: { schemas: Record<string, { properties: Record<string, Json> }> } }
    const widget = components.schemas['com.example.v1.Widget']
    assert.deepEqual(widget?.properties.spec?.properties, schema.properties?.spec?.properties)
    assert.deepEqual(Object.keys(widget?.properties ?? {}), ['spec', 'status', 'apiVersion', 'kind', 'metadata'])
    await server.backend.patch({ resource: crdResource, name: 'widgets.example.com' }, 'application/json-patch+json', [
      { op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/description', value: 'A widget.' },
    ])
    assert.notEqual(await place(), before)
  })

  it('are shown in the columns of their definition', async () => {
    await call(`${all}/a/status`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ status: { replicas: 1, selector: 'a=b', conditions: [{ type: 'Ready', status: 'True' }] } }),
    })
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const { columnDefinitions, rows } = (await call(all, { headers: { accept } })).body as { columnDefinitions: Json[]; rows: { cells: unknown[] }[] }
    assert.deepEqual(
      columnDefinitions.map(({ name, type, priority, description }) => [name, type, priority, description]),
      [
        ['Name', 'string', 0, ''],
        ['Size', 'integer', 0, 'Custom resource definition column (in JSONPath format): .spec.size'],
        ['Ready', 'string', 0, 'Custom resource definition column (in JSONPath format): .status.conditions[?(@.type=="Ready")].status'],
        ['List', 'string', 1, 'All of them'],
        ['Since', 'date', 0, 'Custom resource definition column (in JSONPath format): .metadata.creationTimestamp'],
      ],
    )
    const [cells] = rows.map((row) => row.cells)
    assert.deepEqual(cells?.slice(0, 4), ['a', 3, 'True', '["x","y"]'])
    assert.match(String(cells?.[4]), /^\d+s$/)
  })

  it('scale by the paths of their definition', async () => {
    const scale = `${all}/a/scale`
    const read = (await call(scale)).body as { kind: string; spec: Json; status: Json }
    assert.deepEqual([read.kind, read.spec.replicas, read.status], ['Scale', 2, { replicas: 1, selector: 'a=b' }])
    await call(scale, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: '{"spec":{"replicas":5}}' })
    assert.equal(((await call(`${all}/a`)).body.spec as Json).replicas, 5)
  })

  it('warn of a deprecated version with every answer', async () => {
    const { headers } = await call('/apis/example.com/v1alpha1/namespaces/default/widgets/a')
    assert.equal(headers.get('warning'), '299 - "example.com/v1alpha1 Widget is deprecated"')
    const made = await call('/apis/example.com/v1alpha1/namespaces/default/widgets', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...aWidget('old', { size: 1, odd: 1 }), apiVersion: 'example.com/v1alpha1' }),
    })
    assert.equal(made.headers.get('warning'), '299 - "example.com/v1alpha1 Widget is deprecated", 299 - "unknown field \\"spec.odd\\""')
  })

  it('answer with metadata alone where only that is asked for', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
    const { kind, items } = (await call(all, { headers: { accept } })).body as { kind: string; items: Json[] }
    assert.deepEqual(
      [kind, items[0]?.kind, Object.keys(items[0] ?? {})],
      ['PartialObjectMetadataList', 'PartialObjectMetadata', ['kind', 'apiVersion', 'metadata']],
    )
  })

  it('take large objects, in YAML too, and say of those what is unknown', async () => {
    const large = { ...aWidget('large', { size: 1, list: Array.from({ length: 10_000 }, (_, index) => `item-${index}`), odd: 1 }) }
    const post = (query: string) => call(all + query, { method: 'POST', headers: { 'content-type': 'application/yaml' }, body: JSON.stringify(large) })
    const refused = await post('?fieldValidation=Strict')
    assert.deepEqual(
      [refused.status, refused.body.message],
      [400, 'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.odd"'],
    )
    const made = await post('')
    assert.deepEqual([made.status, made.headers.get('warning')], [201, '299 - "unknown field \\"spec.odd\\""'])
  })

  it('are not found any more once their definition is gone, and neither is their group', async () => {
    await define(aDefinition(schema, { names: { plural: 'gadgets', kind: 'Gadget' }, metadata: { name: 'gadgets.other.io' }, spec: { group: 'other.io' } }))
    assert.equal((await call('/apis/other.io/v1/gadgets')).status, 200)
    const { resourceVersion } = await server.backend.list({ resource: crdResource })
    await server.backend.delete({ resource: crdResource, name: 'gadgets.other.io' })
    for await (const { type } of server.backend.watch({ resource: crdResource }, { resourceVersion })) if (type === 'DELETED') break
    assert.deepEqual([(await call('/apis/other.io/v1/gadgets')).status, (await call('/apis/other.io')).status], [404, 404])
  })
})
