import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { identityHeaders } from '../../../../src/controlplane/apiserver/aggregation/proxy.ts'
import { readResourceList } from '../../../../src/controlplane/apiserver/aggregation/remote-discovery.ts'

const list = (...resources: unknown[]) => readResourceList({ kind: 'APIResourceList', resources }, 'g', 'v1')

test('resources are read with their subresources, in whatever order they come', () => {
  const status = { name: 'things/status', kind: 'Thing', namespaced: true, verbs: ['get'] }
  const scale = { name: 'things/scale', kind: 'Scale', group: 'autoscaling', version: 'v1', namespaced: true, verbs: ['get'] }
  const thing = { name: 'things', singularName: 'thing', kind: 'Thing', namespaced: true, verbs: ['list'], categories: ['all'] }
  const expected = {
    group: 'g',
    version: 'v1',
    resource: 'things',
    singular: 'thing',
    kind: 'Thing',
    namespaced: true,
    verbs: ['list'],
    categories: ['all'],
    subresources: [
      { name: 'status', kind: 'Thing', verbs: ['get'] },
      { name: 'scale', kind: 'Scale', verbs: ['get'], group: 'autoscaling', version: 'v1' },
    ],
  }
  assert.deepEqual(list(status, thing, scale), [expected])
  assert.deepEqual(list(thing, status, scale), [expected])
})

test('whatever another server says is resources, or an error that says what it is', () => {
  assert.throws(() => readResourceList({ kind: 'Status' }, 'g', 'v1'), { message: 'the answer is no APIResourceList but "Status"' })
  const entry = fc.dictionary(fc.constantFrom('name', 'kind', 'verbs', 'namespaced', 'shortNames', 'version', 'other'), fc.jsonValue())
  const property = fc.property(fc.oneof(fc.array(entry), fc.jsonValue()), (resources) => {
    for (const { resource, verbs } of readResourceList({ kind: 'APIResourceList', resources }, 'g', 'v1')) {
      assert.ok(resource.length > 0)
      assert.ok(verbs.every((verb) => typeof verb === 'string'))
    }
  })
  fc.assert(property, { numRuns: 300 })
})

test('who asks is told by headers whose names can be sent, whatever is known of him', () => {
  const extra = { 'acme.io/team': ['blue', 'red'], '%': ['x'], ünicode: ['y'] }
  assert.deepEqual(identityHeaders({ name: 'jane', uid: 'u1', groups: ['a', 'b'], extra }), {
    'X-Remote-User': 'jane',
    'X-Remote-Uid': 'u1',
    'X-Remote-Group': ['a', 'b'],
    'X-Remote-Extra-acme.io%2Fteam': ['blue', 'red'],
    'X-Remote-Extra-%25': ['x'],
    'X-Remote-Extra-%C3%BCnicode': ['y'],
  })
})
