import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { serverSideApply, trackUpdate } from '../../../../src/controlplane/apiserver/apply/server-side-apply.ts'

type Json = Record<string, unknown>
const request = { model: 'core/v1.ConfigMap', apiVersion: 'v1', manager: 'me', force: true, time: '2026-01-01T00:00:00Z' }
const many = (count: number, value: (index: number) => unknown) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value(index)]))
const configMap = (data: Json, managedFields?: unknown) => ({ metadata: { name: 'a', ...(managedFields !== undefined && { managedFields }) }, data })

/** CPU time of this thread for what is done, in ms. */
function cost(work: () => unknown): number {
  const began = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(began)
  return (user + system) / 1000
}

const size = 50_000
// What it cost before grew with the square: minutes for this many.
const budgetMs = 5000

test('fifty thousand fields that change, of which another manager owns each, take time in proportion', () => {
  const before = configMap(many(size, () => 'a'))
  const owned = trackUpdate(undefined, before, request)
  const after = configMap(
    many(size, () => 'b'),
    owned,
  )
  let changed: ReturnType<typeof trackUpdate> = []
  assert.ok(cost(() => (changed = trackUpdate(before, after, { ...request, manager: 'you' }))) < budgetMs)
  assert.deepEqual(
    changed.map(({ manager }) => manager),
    ['me', 'you'],
  )
  // The map itself is whose it was.
  assert.deepEqual(changed[0]?.fieldsV1, { 'f:data': { '.': {} } })
  assert.equal(Object.keys(changed[1]?.fieldsV1?.['f:data'] ?? {}).length, size)
})

test('an apply of fifty thousand fields that takes as many others away takes time in proportion', () => {
  const first = serverSideApply(undefined, configMap(many(size, () => 'a')), request)
  assert.ok('object' in first)
  assert.ok(cost(() => serverSideApply(first.object, configMap({ other: 'b' }), request)) < budgetMs)
})

test('a list of fifty thousand items merges in proportion', () => {
  const pod = (image: string) => ({ metadata: { name: 'p' }, spec: { containers: Array.from({ length: size }, (_, index) => ({ name: `c${index}`, image })) } })
  const applied = { ...request, model: 'core/v1.Pod' }
  const first = serverSideApply(undefined, pod('a'), applied)
  assert.ok('object' in first)
  assert.ok(cost(() => serverSideApply(first.object, pod('b'), { ...applied, manager: 'you' })) < 2 * budgetMs)
})

test('fifty thousand managers, made up by a client, cost no more than their number', () => {
  const managers = Array.from({ length: size }, (_, index) => ({ manager: `m${index}`, operation: 'Update', fieldsV1: { 'f:data': { [`f:k${index}`]: {} } } }))
  const live = configMap(
    many(size, () => 'a'),
    managers,
  )
  assert.ok(cost(() => serverSideApply(live, configMap(many(size, () => 'b')), request)) < 2 * budgetMs)
})

test('managed fields that are none are no fault: they are taken as nobody’s', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.json().map((text) => ({ manager: 'm', operation: 'Apply', fieldsV1: JSON.parse(text) as unknown })),
          fc.jsonValue(),
        ),
      ),
      (managed) => {
        for (const live of [configMap({ a: '1' }, managed), configMap({ a: '1' }, 'none')]) {
          assert.ok('object' in serverSideApply(live, configMap({ a: '2' }), request))
          trackUpdate(configMap({ a: '2' }), live, request)
        }
      },
    ),
  )
  const odd = [
    {
      manager: 'm',
      operation: 'Apply',
      fieldsV1: { 'f:data': { 'k:{': {}, 'k:null': {}, 'v:': 3, __proto__: { x: {} }, constructor: {} }, 'k:{"a":1}': { 'f:a': {} } },
    },
  ]
  assert.ok('object' in serverSideApply(configMap({ a: '1' }, odd), configMap({ a: '2' }), { ...request, manager: 'm' }))
})
