import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crdResource } from '../../../../src/controlplane/apiserver/custom/custom-resource-definition.ts'
import type { JsonSchema } from '../../../../src/controlplane/apiserver/custom/schema/json-schema.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { aDefinition, aWidget, causesOf, customBackend, type Json, specOf, widget, widgets } from './widgets.ts'

const schema: JsonSchema = specOf(
  {
    size: { type: 'integer', minimum: 1, maximum: 10 },
    replicas: { type: 'integer', default: 1 },
    color: { type: 'string', enum: ['red', 'green'], default: 'red' },
    name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
    when: { type: 'string', format: 'date-time' },
    target: { 'x-kubernetes-int-or-string': true },
    tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    ports: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port'],
      items: { type: 'object', required: ['port'], properties: { port: { type: 'integer' }, name: { type: 'string', default: 'http' } } },
    },
    maybe: { type: 'string', nullable: true },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
  { required: ['size'] },
  { properties: { status: { type: 'object', properties: { phase: { type: 'string' }, replicas: { type: 'integer' } } } } },
)
const withStatus = { version: { subresources: { status: {} } } }
const specIn = (object: KubeObject) => (object as KubeObject & { spec: Json }).spec

test('a custom resource gets the defaults of its schema, in what lies within too, and loses what the schema does not know', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema))
  const made = await cluster.backend.create(
    widgets,
    aWidget('a', { size: 2, nope: 1, ports: [{ port: 80, odd: true }], free: { any: { thing: [1] } } }, { more: 1 }),
  )
  assert.deepEqual(specIn(made), { size: 2, replicas: 1, color: 'red', ports: [{ port: 80, name: 'http' }], free: { any: { thing: [1] } } })
  assert.equal(Object.hasOwn(made, 'more'), false)
  assert.equal(made.metadata?.generation, 1)
})

test('a null goes where it is not allowed, is the default where there is one, and stays where it is allowed', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema))
  const made = await cluster.backend.create(widgets, aWidget('a', { size: 2, color: null, name: null, maybe: null }))
  assert.deepEqual(specIn(made), { size: 2, color: 'red', maybe: null, replicas: 1 })
})

for (const [spec, ...expected] of [
  [{ size: 'large' }, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
  [{}, 'spec.size: Required value'],
  [{ size: 1.5 }, 'spec.size: Invalid value: "number": spec.size in body must be of type integer: "number"'],
  [{ size: 0 }, 'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1'],
  [{ size: 11 }, 'spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10'],
  [{ size: 1, color: 'blue' }, 'spec.color: Unsupported value: "blue": supported values: "red", "green"'],
  [{ size: 1, name: 'A1' }, `spec.name: Invalid value: "A1": spec.name in body should match '^[a-z]+$'`],
  [{ size: 1, name: 'abcdef' }, 'spec.name: Too long: may not be more than 5 bytes'],
  [{ size: 1, when: 'soon' }, 'spec.when: Invalid value: "soon": spec.when in body must be of type date-time: "soon"'],
  [{ size: 1, target: true }, 'spec.target: Invalid value: "boolean": spec.target in body must be of type integer,string: "boolean"'],
  [{ size: 1, tags: ['a', 'b', 'a'] }, 'spec.tags[2]: Duplicate value: "a"'],
  [{ size: 1, tags: [null] }, 'spec.tags[0]: Invalid value: "null": spec.tags[0] in body must be of type string: "null"'],
  [{ size: 1, ports: [{ port: 80 }, { port: 80 }] }, 'spec.ports[1]: Duplicate value: {"port":80}'],
  [{ size: 1, ports: [{}] }, 'spec.ports[0].port: Required value'],
  [{ size: 1, labels: { 'a.b': 1 } }, 'spec.labels.a.b: Invalid value: "integer": spec.labels.a.b in body must be of type string: "integer"'],
  ['x', 'spec: Invalid value: "string": spec in body must be of type object: "string"'],
] as const)
  test(`a custom resource with ${JSON.stringify(spec)} is refused: ${expected[0]}`, async () => {
    await using cluster = await customBackend()
    await cluster.define(aDefinition(schema))
    assert.deepEqual(await causesOf(cluster.backend.create(widgets, aWidget('a', spec))), expected)
  })

test('values that fit are taken: numbers and texts where both may be, nulls, dates, whole numbers beyond a double', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(specOf({ ...schema.properties?.spec?.properties, large: { type: 'integer', format: 'int64' } })))
  for (const [index, spec] of [
    { target: 1 },
    { target: 'a' },
    { maybe: null },
    { when: '2026-01-02T03:04:05Z' },
    { large: 9_007_199_254_740_993n },
    { labels: {} },
  ].entries())
    await cluster.backend.create(widgets, aWidget(`a${index}`, spec))
  assert.equal(specIn(await cluster.backend.get(widget('a4'))).large, 9_007_199_254_740_993n)
})

test('an unknown field is told of, and refused when the client wants it so', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema))
  const warned: string[] = []
  const object = aWidget('a', { size: 1, zzz: 1, ports: [{ port: 1, odd: 1 }], aaa: { b: 1 } })
  await cluster.backend.create(widgets, object, { fieldValidation: 'Warn', warn: (text) => warned.push(text) })
  assert.deepEqual(warned, ['unknown field "spec.aaa"', 'unknown field "spec.ports[0].odd"', 'unknown field "spec.zzz"'])
  await assert.rejects(cluster.backend.create(widgets, object, { fieldValidation: 'Strict' }), {
    code: 400,
    message:
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.aaa", unknown field "spec.ports[0].odd", unknown field "spec.zzz"',
  })
})

test('metadata is read as that of every kind', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema))
  const odd = aWidget('a', { size: 1 }, { metadata: { name: 'a', labels: { a: 1 } } })
  await assert.rejects(cluster.backend.create(widgets, odd), {
    code: 400,
    message: /cannot be handled as a Widget: metadata: Invalid value: .*json: cannot unmarshal number/,
  })
  assert.deepEqual(await causesOf(cluster.backend.create(widgets, aWidget('A', { size: 1 }))), [
    `metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ])
  const named = await cluster.backend.create(widgets, aWidget('', { size: 1 }, { metadata: { generateName: 'w-' } }))
  assert.match(named.metadata?.name ?? '', /^w-.{5}$/)
})

test('with a status subresource the object leaves the status alone, and the status all else', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema, withStatus))
  const made = (await cluster.backend.create(widgets, aWidget('a', { size: 1 }, { status: { phase: 'New' } }))) as KubeObject & { status?: unknown }
  assert.equal(made.status, undefined)
  const told = { ...made, metadata: { ...made.metadata, labels: { a: 'b' } }, spec: { size: 5 }, status: { phase: 'Ready' } } as KubeObject
  const after = (await cluster.backend.update(widget('a'), told, { subresource: 'status' })) as KubeObject & { spec: Json; status: unknown }
  assert.deepEqual([after.spec.size, after.status, after.metadata?.labels, after.metadata?.generation], [1, { phase: 'Ready' }, undefined, 1])
  const changed = (await cluster.backend.patch(widget('a'), 'application/merge-patch+json', { spec: { size: 6 }, status: { phase: 'Old' } })) as typeof after
  assert.deepEqual([changed.spec.size, changed.status, changed.metadata?.generation], [6, { phase: 'Ready' }, 2])
  assert.deepEqual(await causesOf(cluster.backend.patch(widget('a'), 'application/merge-patch+json', { status: { phase: 1 } }, { subresource: 'status' })), [
    'status.phase: Invalid value: "integer": phase in body must be of type string: "integer"',
  ])
})

test('without a status subresource every field but the metadata counts for the generation', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema))
  await cluster.backend.create(widgets, aWidget('a', { size: 1 }))
  const patch = async (body: unknown) => (await cluster.backend.patch(widget('a'), 'application/merge-patch+json', body)).metadata?.generation
  assert.deepEqual([await patch({ metadata: { labels: { a: 'b' } } }), await patch({ status: { phase: 'x' } }), await patch({ spec: { size: 2 } })], [1, 2, 3])
})

test('what was wrong before an update and is as it was is let pass; what changes is not', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(specOf({ a: { type: 'string' }, list: schema.properties?.spec?.properties?.ports as JsonSchema, b: { type: 'string' } })))
  await cluster.backend.create(widgets, aWidget('a', { a: 'UPPER', b: 'x', list: [{ port: 1, name: 'UPPER' }, { port: 2 }] }))
  const tighter = specOf({
    a: { type: 'string', pattern: '^[a-z]+$' },
    b: { type: 'string' },
    list: {
      ...(schema.properties?.spec?.properties?.ports as JsonSchema),
      items: { type: 'object', required: ['port'], properties: { port: { type: 'integer' }, name: { type: 'string', pattern: '^[a-z]+$' } } },
    },
  })
  await cluster.backend.patch({ resource: crdResource, name: 'widgets.example.com' }, 'application/json-patch+json', [
    { op: 'replace', path: '/spec/versions/0/schema/openAPIV3Schema', value: tighter },
  ])
  const merge = (spec: unknown) => cluster.backend.patch(widget('a'), 'application/merge-patch+json', { spec })
  await merge({ b: 'y' })
  // An item of a map list is the same one wherever it stands.
  await merge({ list: [{ port: 3 }, { port: 1, name: 'UPPER' }] })
  assert.deepEqual(await causesOf(merge({ a: 'OTHER' })), [`spec.a: Invalid value: "OTHER": spec.a in body should match '^[a-z]+$'`])
  assert.deepEqual(await causesOf(merge({ list: [{ port: 4, name: 'UPPER' }] })), [
    `spec.list[0].name: Invalid value: "UPPER": spec.list[0].name in body should match '^[a-z]+$'`,
  ])
})

test('alternatives, narrowing and what must not be are told as upstream tells them', async () => {
  await using cluster = await customBackend()
  await cluster.define(
    aDefinition(
      specOf(
        {
          a: { type: 'string' },
          b: { type: 'string' },
          n: { type: 'integer', allOf: [{ minimum: 5 }, { multipleOf: 5 }] },
          no: { type: 'string', not: { enum: ['x'] } },
        },
        { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      ),
    ),
  )
  const refused = (spec: unknown) => causesOf(cluster.backend.create(widgets, aWidget('a', spec)))
  assert.deepEqual(await refused({}), [
    'spec.a: Required value',
    '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
  ])
  assert.deepEqual(await refused({ a: 'x', b: 'x' }), [
    '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
  ])
  assert.deepEqual(await refused({ a: 'x', n: 3 }), [
    'spec.n: Invalid value: 3: spec.n in body should be greater than or equal to 5',
    '<nil>: Invalid value: "": "spec.n" must validate all the schemas (allOf)',
    'spec.n: Invalid value: 3: spec.n in body should be a multiple of 5',
  ])
  assert.deepEqual(await refused({ a: 'x', no: 'x' }), ['<nil>: Invalid value: "": "spec.no" must not validate the schema (not)'])
})

test('strategic merge patches are for built-in kinds', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema))
  await cluster.backend.create(widgets, aWidget('a', { size: 1 }))
  await assert.rejects(cluster.backend.patch(widget('a'), 'application/strategic-merge-patch+json', { spec: { size: 2 } }), { code: 415 })
})

test('server-side apply owns fields by the schema: items of map lists by their keys, those of sets by their values, atomic lists as a whole', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(specOf({ ...schema.properties?.spec?.properties, whole: { type: 'array', items: { type: 'string' } } })))
  const apply = (fieldManager: string, spec: Json) => cluster.backend.patch(widget('a'), 'application/apply-patch+yaml', aWidget('a', spec), { fieldManager })
  await apply('one', { size: 1, tags: ['a'], ports: [{ port: 80 }], whole: ['x'] })
  const both = await apply('two', { tags: ['b'], ports: [{ port: 81 }] })
  assert.deepEqual(
    [specIn(both).tags, (specIn(both).ports as Json[]).map(({ port }) => port)],
    [
      ['a', 'b'],
      [80, 81],
    ],
  )
  await assert.rejects(apply('two', { whole: ['y'] }), { code: 409, message: 'Apply failed with 1 conflict: conflict with "one": .spec.whole' })
  const left = await apply('one', { size: 1 })
  assert.deepEqual([specIn(left).tags, (specIn(left).ports as Json[]).map(({ port }) => port), specIn(left).whole], [['b'], [81], undefined])
})

test('a resource within a resource keeps what it is, and must say what it is', async () => {
  await using cluster = await customBackend()
  const embedded = { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true } as const
  await cluster.define(aDefinition(specOf({ template: embedded })))
  const made = await cluster.backend.create(
    widgets,
    aWidget('a', { template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', odd: 1 }, spec: { any: 1 } } }),
  )
  assert.deepEqual(specIn(made).template, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { any: 1 } })
  assert.deepEqual(await causesOf(cluster.backend.create(widgets, aWidget('b', { template: { metadata: {} } }))), [
    'spec.template.apiVersion: Required value',
    'spec.template.kind: Required value',
  ])
})

test('fields of the definition can be selected by, others cannot', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema, { version: { selectableFields: [{ jsonPath: '.spec.color' }] } }))
  for (const color of ['red', 'green']) await cluster.backend.create(widgets, aWidget(color, { size: 1, color }))
  const { items } = await cluster.backend.list(widgets, { fieldSelector: 'spec.color=green' })
  assert.deepEqual(
    items.map(({ metadata }) => metadata?.name),
    ['green'],
  )
  await assert.rejects(
    cluster.backend.list(widgets, { fieldSelector: 'spec.size=1' }),
    (error) => error instanceof KubeError && error.message === 'field label not supported: spec.size',
  )
})

test('a kind of the cluster has no namespace, and one of no schema for a field called __proto__ or constructor keeps them apart', async () => {
  await using cluster = await customBackend()
  const names = JSON.parse('{"constructor":{"type":"string"},"__proto__":{"type":"integer"}}') as Record<string, JsonSchema>
  await cluster.define(aDefinition(specOf(names, { required: ['constructor'] }), { spec: { scope: 'Cluster' } }))
  const all = { resource: 'widgets.example.com' }
  assert.deepEqual(await causesOf(cluster.backend.create(all, aWidget('a', {}))), ['spec.constructor: Required value'])
  const spec = JSON.parse('{"constructor":"x","__proto__":1}') as Json
  const made = await cluster.backend.create(all, aWidget('a', spec))
  assert.equal(JSON.stringify(specIn(made)), '{"constructor":"x","__proto__":1}')
  assert.equal(made.metadata?.namespace, undefined)
})
