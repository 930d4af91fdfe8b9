import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionOf, crdResource, isConditionTrue } from '../../../../src/controlplane/apiserver/custom/custom-resource-definition.ts'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { aDefinition, aWidget, customBackend, specOf, widget, widgets } from '../../apiserver/custom/widgets.ts'

const schema = specOf({ size: { type: 'integer' } })
const name = 'widgets.example.com'
const ref = { resource: crdResource, name }

test('a definition whose names are free is accepted and established, and its kind is served', async () => {
  await using cluster = await customBackend()
  const crd = await cluster.define(aDefinition(schema, { names: { shortNames: ['wd'], categories: ['all'] } }))
  assert.deepEqual(crd.status?.acceptedNames, {
    plural: 'widgets',
    kind: 'Widget',
    singular: 'widget',
    listKind: 'WidgetList',
    shortNames: ['wd'],
    categories: ['all'],
  })
  const said = crd.status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message])
  assert.deepEqual(said, [
    ['NamesAccepted', 'True', 'NoConflicts', 'no conflicts found'],
    ['Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted'],
  ])
  assert.deepEqual(crd.status?.storedVersions, ['v1'])
  assert.deepEqual((await cluster.backend.list(widgets)).items, [])
})

test('names that another of the group has are refused until it lets them go', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema, { names: { shortNames: ['wd'] } }))
  await cluster.backend.create(
    { resource: crdResource },
    aDefinition(schema, { names: { plural: 'gadgets', kind: 'Widget', singular: 'gadget', listKind: 'GadgetList', shortNames: ['wd'] } }),
  )
  const refused = await cluster.until('gadgets.example.com', (crd) => conditionOf(crd, 'NamesAccepted') !== undefined)
  assert.deepEqual(
    refused.status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
    [
      ['NamesAccepted', 'False', 'KindConflict', '"Widget" is already in use'],
      ['Established', 'False', 'NotAccepted', 'not all names are accepted'],
    ],
  )
  await assert.rejects(cluster.backend.list({ resource: 'gadgets.example.com' }), { code: 404 })
  await cluster.backend.delete(ref)
  await cluster.until('gadgets.example.com', (crd) => isConditionTrue(crd, 'Established'))
  await cluster.backend.list({ resource: 'gadgets.example.com' })
})

test('a deleted definition takes its objects along, those with finalizers when these are gone, and is served no more', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema))
  await cluster.backend.create(widgets, aWidget('a', { size: 1 }))
  await cluster.backend.create(widgets, aWidget('held', { size: 1 }, { metadata: { name: 'held', finalizers: ['example.com/hold'] } }))
  await cluster.backend.delete(ref)
  const terminating = await cluster.until(name, (crd) => conditionOf(crd, 'Terminating')?.reason === 'InstanceDeletionInProgress')
  assert.deepEqual(terminating.metadata?.finalizers, ['customresourcecleanup.apiextensions.k8s.io'])
  for await (const { object } of cluster.backend.watch(widgets)) if (object.metadata?.name === 'held' && object.metadata.deletionTimestamp) break
  await assert.rejects(cluster.backend.create(widgets, aWidget('b', { size: 1 })), {
    code: 405,
    message: 'create not allowed while custom resource definition is terminating',
  })
  const ended = (async () => {
    for await (const _ of cluster.backend.watch(widgets));
  })()
  const from = String(cluster.store.revision)
  await cluster.backend.patch(widget('held'), 'application/merge-patch+json', { metadata: { finalizers: null } })
  for await (const { type } of cluster.backend.watch({ resource: crdResource }, { resourceVersion: from })) if (type === 'DELETED') break
  await ended
  await assert.rejects(cluster.backend.list(widgets), { code: 404 })
  assert.equal(cluster.store.collection('example.com/widgets').all.size, 0)
})

test('a definition made anew after its deletion begins with no objects', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema))
  await cluster.backend.create(widgets, aWidget('a', { size: 1 }))
  const from = String(cluster.store.revision)
  await cluster.backend.delete(ref)
  for await (const { type } of cluster.backend.watch({ resource: crdResource }, { resourceVersion: from })) if (type === 'DELETED') break
  await cluster.define(aDefinition(schema))
  assert.deepEqual((await cluster.backend.list(widgets)).items, [])
})

test('after a restart the kinds and their objects are there at once', async () => {
  const kept: Record<string, unknown>[] = []
  const inner = new MemoryStorage()
  {
    await using cluster = await customBackend({ storage: inner })
    await cluster.define(aDefinition(schema))
    await cluster.backend.create(widgets, aWidget('a', { size: 1 }))
    for (const prefix of ['apiextensions.k8s.io/customresourcedefinitions', 'example.com/widgets', 'namespaces'])
      for (const { id, object, revision } of cluster.store.collection(prefix).all.inOrder()) kept.push({ key: `/registry/${prefix}/${id}`, object, revision })
  }
  const restored = new MemoryStorage({ load: async () => ({ objects: kept, revision: 100 }), append() {}, async [Symbol.asyncDispose]() {} } as never)
  await using cluster = await customBackend({ storage: restored })
  const { items } = await cluster.backend.list(widgets)
  assert.deepEqual(
    items.map(({ metadata }) => metadata?.name),
    ['a'],
  )
  await cluster.backend.create(widgets, aWidget('b', { size: 1 }))
})

test('a group of the Kubernetes community needs an approval, and the definition says which it has', async () => {
  await using cluster = await customBackend()
  const group = (annotations: Record<string, string>) => {
    const definition = aDefinition(schema, { metadata: { name: 'widgets.x.k8s.io', annotations }, spec: { group: 'x.k8s.io' } })
    return cluster.backend.create({ resource: crdResource }, definition)
  }
  await assert.rejects(
    group({}),
    /metadata.annotations\[api-approved.kubernetes.io\]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see/,
  )
  await group({ 'api-approved.kubernetes.io': 'unapproved, a test' })
  const crd = await cluster.until('widgets.x.k8s.io', (each) => isConditionTrue(each, 'Established'))
  const { status, reason, message } = conditionOf(crd, 'KubernetesAPIApprovalPolicyConformant') ?? {}
  assert.deepEqual([status, reason, message], ['False', 'UnapprovedAnnotation', 'not approved: "unapproved, a test"'])
})

test('a change of the schema is in force at once, and watches of the kind end so that they begin anew by it', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(schema))
  const watching = (async () => {
    for await (const _ of cluster.backend.watch(widgets));
  })()
  await cluster.backend.patch(ref, 'application/json-patch+json', [
    { op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/color', value: { type: 'string', default: 'red' } },
  ])
  await watching
  const made = (await cluster.backend.create(widgets, aWidget('a', { size: 1 }))) as unknown as { spec: unknown }
  assert.deepEqual(made.spec, { size: 1, color: 'red' })
})

test('objects that are there already show the defaults of a schema that changed, and no field that it lost', async () => {
  await using cluster = await customBackend()
  await cluster.define(aDefinition(specOf({ size: { type: 'integer' }, old: { type: 'string' } })))
  await cluster.backend.create(widgets, aWidget('a', { size: 1, old: 'x' }))
  await cluster.backend.patch(ref, 'application/json-patch+json', [
    { op: 'replace', path: '/spec/versions/0/schema/openAPIV3Schema', value: specOf({ size: { type: 'integer' }, color: { type: 'string', default: 'red' } }) },
  ])
  const read = (await cluster.backend.get(widget('a'))) as unknown as { spec: unknown }
  assert.deepEqual(read.spec, { size: 1, color: 'red' })
  assert.equal(await cluster.backend.get(widget('a')), read, 'it is converted once')
})
