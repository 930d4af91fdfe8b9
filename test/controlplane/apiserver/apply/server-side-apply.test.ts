import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ApplyRequest, serverSideApply } from '../../../../src/controlplane/apiserver/apply/server-side-apply.ts'
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
  assert.deepEqual((object.metadata as { managedFields: Json[] }).managedFields[0]?.fieldsV1, { 'f:data': { '.': {}, 'f:a': {} } })
})

test('another manager with another value is a conflict, and force takes the field over', () => {
  const live = apply(undefined, configMap({ a: '1' }))
  assert.deepEqual(serverSideApply(live, configMap({ a: '2' }), { ...request, manager: 'you' }), { conflicts: [{ manager: 'me', field: '.data.a' }] })
  const forced = apply(live, configMap({ a: '2' }), { manager: 'you', force: true })
  assert.deepEqual(forced.data, { a: '2' })
  assert.deepEqual(
    (forced.metadata as { managedFields: Json[] }).managedFields.map(({ manager }) => manager),
    ['you'],
  )
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
  assert.deepEqual((both.metadata as { managedFields: Json[] }).managedFields[1]?.fieldsV1, {
    'f:spec': { 'f:ports': { '.': {}, 'k:{"number":1}': { '.': {}, 'f:number': {} } }, 'f:selector': {}, 'f:main': {} },
  })
})
