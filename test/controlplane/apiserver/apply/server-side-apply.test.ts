import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ApplyRequest, serverSideApply, trackUpdate } from '../../../../src/controlplane/apiserver/apply/server-side-apply.ts'
import type { FieldType, Model } from '../../../../src/kube/types/model.ts'

type Json = Record<string, unknown>
const request: ApplyRequest = { model: 'core/v1.ConfigMap', apiVersion: 'v1', manager: 'me', force: false, time: '2026-01-01T00:00:00Z' }
const configMap = (data: Json) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ssa' }, data })

function apply(live: Json | undefined, applied: Json, more: Partial<ApplyRequest> = {}): Json {
  const result = serverSideApply(live, applied, { ...request, ...more })
  assert.ok('object' in result)
  return result.object
}

test('the first apply creates and owns', () => {
  const object = apply(undefined, configMap({ a: '1' }))
  assert.deepEqual((object.metadata as { managedFields: Json[] }).managedFields[0]?.fieldsV1, { 'f:data': { 'f:a': {} } })
})

test('another manager with another value is a conflict, and force takes the field over', () => {
  const live = apply(undefined, configMap({ a: '1' }))
  assert.deepEqual(serverSideApply(live, configMap({ a: '2' }), { ...request, manager: 'you' }), { conflicts: [{ manager: '"me"', field: '.data.a' }] })
  const forced = apply(live, configMap({ a: '2' }), { manager: 'you', force: true })
  assert.deepEqual(forced.data, { a: '2' })
  assert.deepEqual(
    (forced.metadata as { managedFields: Json[] }).managedFields.map(({ manager }) => manager),
    ['you'],
  )
})

test('a conflict with one who wrote without applying tells the version, and through which subresource', () => {
  const by = (entry: Json) => ({
    ...configMap({ a: '1' }),
    metadata: { name: 'ssa', managedFields: [{ apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {} } }, ...entry }] },
  })
  const told = (entry: Json) => {
    const result = serverSideApply(by(entry), configMap({ a: '2' }), request)
    return 'conflicts' in result && result.conflicts.map(({ manager }) => manager)
  }
  assert.deepEqual(told({ manager: 'curl', operation: 'Update' }), ['"curl" using v1'])
  assert.deepEqual(told({ manager: 'agent', operation: 'Update', subresource: 'status' }), ['"agent" with subresource "status" using v1'])
  assert.deepEqual(told({ manager: 'you', operation: 'Apply', subresource: 'scale' }), ['"you" with subresource "scale"'])
})

test('a field no longer applied goes, one of another manager stays', () => {
  const mine = apply(undefined, configMap({ a: '1', b: '1' }))
  const both = apply(mine, configMap({ c: '1' }), { manager: 'you' })
  assert.deepEqual(apply(both, configMap({ a: '1' })).data, { a: '1', c: '1' })
})

test('containers merge by name', () => {
  const pod = (containers: Json[]) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } })
  const live = apply(undefined, pod([{ name: 'a', image: 'x' }]), { model: 'core/v1.Pod' })
  const both = apply(live, pod([{ name: 'b', image: 'y' }]), { model: 'core/v1.Pod', manager: 'you' })
  assert.deepEqual(both.spec, {
    containers: [
      { name: 'a', image: 'x' },
      { name: 'b', image: 'y' },
    ],
  })
})

test('applying the same again changes nothing', () => {
  const live = apply(undefined, configMap({ a: '1' }))
  assert.deepEqual(apply(live, configMap({ a: '1' }), { time: '2027-01-01T00:00:00Z' }), live)
})

test('a type that is a value, as a custom resource brings one: its lists merge by their keys, what is atomic has one owner', () => {
  const port: Model = { name: 'Port', fields: new Map([['number', { type: 'number', format: 'int32' }]]) }
  const keys = { listType: 'map', listMapKeys: ['number'] } as const
  const spec: Model = {
    name: 'Spec',
    fields: new Map<string, FieldType>([
      ['ports', { type: 'array', items: { type: 'model', model: port }, keys }],
      ['selector', { type: 'map', values: { type: 'string' }, atomic: true }],
      ['main', { type: 'model', model: port, atomic: true }],
    ]),
  }
  const model: Model = { name: 'Widget', fields: new Map([['spec', { type: 'model', model: spec }]]) }
  const widget = (spec: Json) => ({ apiVersion: 'e.x/v1', kind: 'Widget', metadata: { name: 'w' }, spec })
  const live = apply(undefined, widget({ ports: [{ number: 1 }], selector: { a: '1' }, main: { number: 3 } }), { model })
  const both = apply(live, widget({ ports: [{ number: 2 }] }), { model, manager: 'you' })
  assert.deepEqual(both.spec, { ports: [{ number: 1 }, { number: 2 }], selector: { a: '1' }, main: { number: 3 } })
  assert.deepEqual((both.metadata as { managedFields: Json[] }).managedFields.find(({ manager }) => manager === 'me')?.fieldsV1, {
    'f:spec': { 'f:ports': { 'k:{"number":1}': { '.': {}, 'f:number': {} } }, 'f:selector': {}, 'f:main': {} },
  })
})

type Entries = { manager: string; operation: string; fieldsV1: unknown }[]
const entriesOf = (object: Json) => (object.metadata as { managedFields: Entries }).managedFields
const update = (before: Json | undefined, after: Json, model: string, manager = 'me') =>
  trackUpdate(before, after, { model, apiVersion: 'v1', manager, time: '2026-01-01T00:00:00Z' })

test('an update notes a struct, list or map where it came to be, but not what Go has always: structs that are no pointers, lists that are always written', () => {
  const service = {
    metadata: { name: 's', labels: { a: '1' } },
    spec: { ports: [{ port: 80, protocol: 'TCP' }], selector: { a: '1' } },
    status: { loadBalancer: {} },
  }
  assert.deepEqual(update(undefined, service, 'core/v1.Service')[0]?.fieldsV1, {
    'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
    'f:spec': { 'f:ports': { '.': {}, 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} } }, 'f:selector': {} },
    'f:status': { 'f:loadBalancer': {} },
  })
  const deployment = { metadata: { name: 'd' }, spec: { strategy: { rollingUpdate: { maxSurge: 1 } }, template: { spec: { containers: [{ name: 'c' }] } } } }
  assert.deepEqual(update(undefined, deployment, 'apps/v1.Deployment')[0]?.fieldsV1, {
    'f:spec': {
      'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} } },
      'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:name': {} } } } },
    },
  })
})

test('who adds to a map owns what they added, and whoever made it owns the map', () => {
  const before = { ...configMap({ a: '1' }), metadata: { name: 'm', managedFields: update(undefined, configMap({ a: '1' }), 'core/v1.ConfigMap') } }
  const entries = update(before, { ...before, data: { a: '1', b: '2' } }, 'core/v1.ConfigMap', 'you')
  assert.deepEqual(
    entries.map(({ manager, fieldsV1 }) => [manager, fieldsV1]),
    [
      ['me', { 'f:data': { '.': {}, 'f:a': {} } }],
      ['you', { 'f:data': { 'f:b': {} } }],
    ],
  )
})

test('entries come as the server sorts them: applied ones first, then by time and manager', () => {
  const live = { ...configMap({ a: '1' }), metadata: { name: 'm', managedFields: update(undefined, configMap({ a: '1' }), 'core/v1.ConfigMap', 'z') } }
  const applied = apply(live, configMap({ b: '1' }), { manager: 'you' })
  const again = apply(applied, configMap({ c: '1' }), { manager: 'me' })
  assert.deepEqual(
    entriesOf(again).map(({ operation, manager }) => `${operation} ${manager}`),
    ['Apply me', 'Apply you', 'Update z'],
  )
})

test('values of a map merge by themselves: what another manager set in one stays', () => {
  const limits: Model = {
    name: 'Limits',
    fields: new Map([
      ['cpu', { type: 'string' }],
      ['memory', { type: 'string' }],
    ]),
  }
  const model: Model = { name: 'Widget', fields: new Map([['byZone', { type: 'map', values: { type: 'model', model: limits } }]]) }
  const widget = (byZone: Json) => ({ apiVersion: 'e.x/v1', kind: 'Widget', metadata: { name: 'w' }, byZone })
  const live = apply(undefined, widget({ a: { cpu: '1' } }), { model })
  assert.deepEqual(entriesOf(live)[0]?.fieldsV1, { 'f:byZone': { 'f:a': { '.': {}, 'f:cpu': {} } } })
  assert.deepEqual(apply(live, widget({ a: { memory: '2' } }), { model, manager: 'you' }).byZone, { a: { cpu: '1', memory: '2' } })
})

test('an item that leaves out a key field is the one with its default', () => {
  const pod = (ports: Json[]) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'a', ports }] } })
  const live = apply(undefined, pod([{ containerPort: 80, protocol: 'TCP' }]), { model: 'core/v1.Pod' })
  const both = apply(live, pod([{ containerPort: 80, name: 'http' }]), { model: 'core/v1.Pod', manager: 'you' })
  assert.deepEqual((both.spec as { containers: { ports: Json[] }[] }).containers[0]?.ports, [{ containerPort: 80, protocol: 'TCP', name: 'http' }])
})
