import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverSideApply } from '../../../../src/controlplane/apiserver/apply/server-side-apply.ts'

type Json = Record<string, unknown>
const request = { model: 'V1ConfigMap', apiVersion: 'v1', manager: 'me', force: false, time: '2026-01-01T00:00:00Z' }
const configMap = (data: Json) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ssa' }, data })

function apply(live: Json | undefined, applied: Json, more: Partial<typeof request> = {}): Json {
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
  const live = apply(undefined, pod([{ name: 'a', image: 'x' }]), { model: 'V1Pod' })
  const both = apply(live, pod([{ name: 'b', image: 'y' }]), { model: 'V1Pod', manager: 'you' })
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
