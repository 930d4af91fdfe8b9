import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crdResource } from '../../../../src/controlplane/apiserver/custom/custom-resource-definition.ts'
import { convertingServer } from './converting-server.ts'
import { aDefinition, aWidget, customBackend, type Json, specOf, widget, widgets } from './widgets.ts'

const name = 'widgets.example.com'
const hostPort = specOf({ hostPort: { type: 'string' } })
const parts = specOf({ host: { type: 'string' }, port: { type: 'string', default: '80' } })
const version = (versionName: string, schema: object, more: Json = {}): Json => ({
  name: versionName,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: schema },
  ...more,
})
const specIn = (object: unknown) => (object as { spec: Json }).spec
const inV1 = (spec: Json, objectName = 'a') => aWidget(objectName, spec)

/** Made of one string in v1, of two in v2. */
function convert(object: Json, apiVersion: string): Json {
  const spec = object.spec as { hostPort?: string; host?: string; port?: string }
  if (apiVersion.endsWith('/v1')) return { ...object, apiVersion, spec: { hostPort: `${spec.host}:${spec.port}` } }
  const [host, port] = (spec.hostPort ?? '').split(':')
  return { ...object, apiVersion, spec: { host, port } }
}

const webhookConversion = (clientConfig: Json) => ({ conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } } })

test('without a webhook another version has another name, and of the fields those that it knows', async () => {
  await using cluster = await customBackend()
  const common = { size: { type: 'integer' } } as const
  await cluster.define(
    aDefinition({}, { versions: [version('v1', specOf({ ...common, old: { type: 'string' } }), { storage: true }), version('v2', specOf(common))] }),
  )
  await cluster.backend.create(widgets, inV1({ size: 1, old: 'x' }))
  const second = cluster.definitions.at('example.com', 'v2', 'widgets')
  assert.ok(second)
  const read = cluster.backend.verbs.get({ definition: second, namespace: 'default', name: 'a' })
  assert.deepEqual([read.apiVersion, specIn(read)], ['example.com/v2', { size: 1 }])
})

test('a version that is not served is not found; what is stored in it is shown in those that are', async () => {
  await using cluster = await customBackend()
  await cluster.define(
    aDefinition(
      {},
      { versions: [version('v1', specOf({ size: { type: 'integer' } }), { storage: true }), version('v2', specOf({ size: { type: 'integer' } }))] },
    ),
  )
  await cluster.backend.create(widgets, inV1({ size: 1 }))
  await cluster.backend.patch({ resource: crdResource, name }, 'application/json-patch+json', [
    { op: 'replace', path: '/spec/versions/0/served', value: false },
  ])
  assert.equal(cluster.definitions.at('example.com', 'v1', 'widgets'), undefined)
  assert.equal((await cluster.backend.get(widget('a'))).apiVersion, 'example.com/v2')
})

test('a webhook converts what is written, read and watched, and labels may change on the way, the rest of the metadata may not', async () => {
  await using server = await convertingServer(convert)
  await using cluster = await customBackend()
  await cluster.define(
    aDefinition({}, { versions: [version('v1', hostPort), version('v2', parts, { storage: true })], spec: webhookConversion(server.clientConfig) }),
  )
  const first = cluster.definitions.at('example.com', 'v1', 'widgets')
  const second = cluster.definitions.at('example.com', 'v2', 'widgets')
  assert.ok(first && second)
  const target = (definition: typeof first, objectName = '') => ({ definition, namespace: 'default', name: objectName })
  const context = {
    user: { name: 'u', groups: [] },
    fieldManager: 'm',
    dryRun: false,
    fieldValidation: 'Strict',
    now: 0,
    backend: cluster.backend,
    warn() {},
  } as const
  const seen = (async () => {
    for await (const { object } of cluster.backend.watch(widgets)) return object
  })()
  const made = await cluster.backend.verbs.create(target(first), inV1({ hostPort: 'h:1' }), context)
  assert.deepEqual(specIn(made), { hostPort: 'h:1' })
  assert.deepEqual(cluster.store.get('example.com/widgets', 'default/a')?.object.apiVersion, 'example.com/v2')
  assert.deepEqual(specIn(await seen), { host: 'h', port: '1' })
  const asked = server.reviews.length
  assert.deepEqual(specIn(cluster.backend.verbs.get(target(first, 'a'))), { hostPort: 'h:1' })
  assert.deepEqual(specIn(cluster.backend.verbs.get(target(second, 'a'))), { host: 'h', port: '1' })
  assert.equal(server.reviews.length, asked, 'nothing is converted again')
  const changed = await cluster.backend.verbs.patch(target(first, 'a'), { type: 'application/merge-patch+json', patch: { spec: { hostPort: 'h:2' } } }, context)
  assert.deepEqual(specIn(changed.object), { hostPort: 'h:2' })
  assert.deepEqual(specIn(await cluster.backend.get(widget('a'))), { host: 'h', port: '2' })
  assert.deepEqual(server.reviews[0], { desired: 'example.com/v2', objects: 1 })
})

test('what was stored before the webhook was there is converted together when it is first asked for', async () => {
  await using server = await convertingServer(convert)
  await using cluster = await customBackend()
  await cluster.define(aDefinition({}, { versions: [version('v1', hostPort, { storage: true }), version('v2', parts)] }))
  for (const index of [1, 2, 3]) await cluster.backend.create(widgets, inV1({ hostPort: `h:${index}` }, `a${index}`))
  await cluster.backend.patch({ resource: crdResource, name }, 'application/merge-patch+json', {
    spec: { versions: [version('v1', hostPort), version('v2', parts, { storage: true })], ...webhookConversion(server.clientConfig) },
  })
  const { items } = await cluster.backend.list(widgets)
  assert.deepEqual(
    items.map(specIn),
    [1, 2, 3].map((index) => ({ host: 'h', port: String(index) })),
  )
  assert.deepEqual(server.reviews, [{ desired: 'example.com/v2', objects: 3 }])
})

for (const [what, answer, expected] of [
  ['says that it failed', () => ({ result: { status: 'Failure', message: 'no way' }, convertedObjects: [] }), 'failed: no way'],
  ['leaves an object out', () => ({ convertedObjects: [] }), 'returned 0 objects, expected 1'],
  [
    'answers another version',
    (objects: Json[]) => ({ convertedObjects: objects }),
    'returned invalid converted object at index 0: invalid groupVersion (expected example.com/v2, received example.com/v1)',
  ],
  [
    'changes the name',
    (objects: Json[]) => ({
      convertedObjects: objects.map((each) => ({ ...each, apiVersion: 'example.com/v2', metadata: { ...(each.metadata as Json), name: 'b' } })),
    }),
    'returned invalid converted object at index 0: must have the same name: b != a',
  ],
] as const)
  test(`a webhook that ${what} fails what it was asked for`, async () => {
    await using server = await convertingServer(convert, answer)
    await using cluster = await customBackend()
    await cluster.define(
      aDefinition({}, { versions: [version('v1', hostPort), version('v2', parts, { storage: true })], spec: webhookConversion(server.clientConfig) }),
    )
    const definition = cluster.definitions.at('example.com', 'v1', 'widgets')
    assert.ok(definition)
    const context = {
      user: { name: 'u', groups: [] },
      fieldManager: 'm',
      dryRun: false,
      fieldValidation: 'Ignore',
      now: 0,
      backend: cluster.backend,
      warn() {},
    } as const
    await assert.rejects(cluster.backend.verbs.create({ definition, namespace: 'default', name: '' }, inV1({ hostPort: 'h:1' }), context), {
      code: 500,
      message: `conversion webhook for example.com/v1, Kind=Widget ${expected}`,
    })
  })

test('a webhook that is away is told of as it is', async () => {
  await using cluster = await customBackend()
  await cluster.define(
    aDefinition(
      {},
      {
        versions: [version('v1', hostPort), version('v2', parts, { storage: true })],
        spec: webhookConversion({ service: { name: 'hook', namespace: 'default', path: '/convert' } }),
      },
    ),
  )
  const definition = cluster.definitions.at('example.com', 'v1', 'widgets')
  assert.ok(definition)
  const context = {
    user: { name: 'u', groups: [] },
    fieldManager: 'm',
    dryRun: false,
    fieldValidation: 'Ignore',
    now: 0,
    backend: cluster.backend,
    warn() {},
  } as const
  await assert.rejects(cluster.backend.verbs.create({ definition, namespace: 'default', name: '' }, inV1({ hostPort: 'h:1' }), context), {
    message: 'conversion webhook for example.com/v1, Kind=Widget failed: Post "https://hook.default.svc:443/convert?timeout=30s": service "hook" not found',
  })
})
