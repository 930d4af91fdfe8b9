import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupDocument, groupList } from '../../../../src/controlplane/apiserver/discovery/documents.ts'
import { compareVersions } from '../../../../src/controlplane/apiserver/discovery/priorities.ts'
import type { ServedResource } from '../../../../src/controlplane/apiserver/discovery/served.ts'

const served = (group: string, version: string): ServedResource => ({
  group,
  version,
  resource: 'things',
  singular: 'thing',
  kind: 'Thing',
  namespaced: true,
  verbs: ['get'],
})

test('versions come in the order of preference, and what is no such version last', () => {
  const given = ['foo1', 'v1alpha1', 'v10', 'v1', 'v2beta1', 'foo10', 'v11beta2', 'v11alpha2', 'v3beta1', 'v2', 'v12alpha1', 'v10beta3']
  const wanted = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v2beta1', 'v12alpha1', 'v11alpha2', 'v1alpha1', 'foo1', 'foo10']
  assert.deepEqual([...given].sort(compareVersions), wanted)
})

test('a group of several versions prefers the best, in whatever order they are served', () => {
  const group = groupDocument('autoscaling', [served('autoscaling', 'v1'), served('autoscaling', 'v2')])
  assert.equal(group?.preferredVersion?.version, 'v2')
  assert.deepEqual(
    group?.versions.map(({ version }) => version),
    ['v2', 'v1'],
  )
})

test('groups come as a kube-apiserver lists them, custom ones after its own, the metrics last', () => {
  const list = groupList(['metrics.k8s.io', 'example.com', 'batch', 'apps', 'events.k8s.io'].map((group) => served(group, 'v1')))
  assert.deepEqual(
    list.groups.map(({ name }) => name),
    ['apps', 'events.k8s.io', 'batch', 'example.com', 'metrics.k8s.io'],
  )
})
