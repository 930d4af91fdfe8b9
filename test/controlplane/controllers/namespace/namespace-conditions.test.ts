import assert from 'node:assert/strict'
import { test } from 'node:test'
import { terminatingConditions } from '../../../../src/controlplane/controllers/namespace/namespace-conditions.ts'
import { startCluster } from '../../../../src/harness/harness.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const at = Date.UTC(2026, 0, 1)
const object = (...finalizers: string[]): KubeObject => ({ metadata: { name: 'x', finalizers } })
const failures = [
  ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'],
  ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  ['NamespaceDeletionContentFailure', 'False', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
]
const rows = (conditions: ReturnType<typeof terminatingConditions>) => conditions.map(({ type, status, reason, message }) => [type, status, reason, message])

test('what remains is counted by resource, its finalizers by name, in order', () => {
  const remaining = [
    { resource: 'pods.', objects: [object('b/y', 'a/x'), object()] },
    { resource: 'leases.coordination.k8s.io', objects: [object('a/x')] },
  ]
  assert.deepEqual(rows(terminatingConditions(remaining, [], at)), [
    ...failures,
    [
      ...['NamespaceContentRemaining', 'True', 'SomeResourcesRemain'],
      'Some resources are remaining: leases.coordination.k8s.io has 1 resource instances, pods. has 2 resource instances',
    ],
    [
      ...['NamespaceFinalizersRemaining', 'True', 'SomeFinalizersRemain'],
      'Some content in the namespace has finalizers remaining: a/x in 2 resource instances, b/y in 1 resource instances',
    ],
  ])
})

test('a condition keeps its time until its status changes, and nothing is new where nothing changed', () => {
  const first = terminatingConditions([{ resource: 'pods.', objects: [object('a/x'), object()] }], [], at)
  assert.equal(terminatingConditions([{ resource: 'pods.', objects: [object('a/x'), object()] }], first, at + 5000), first)
  const fewer = terminatingConditions([{ resource: 'pods.', objects: [object()] }], first, at + 5000)
  assert.deepEqual(
    fewer.slice(3).map(({ status, lastTransitionTime }) => [status, lastTransitionTime]),
    [
      ['True', '2026-01-01T00:00:00Z'],
      ['False', '2026-01-01T00:00:05Z'],
    ],
  )
  assert.equal(fewer[4]?.message, 'All content-preserving finalizers finished')
})

test('a namespace that does not go says what keeps it', async () => {
  await using cluster = await startCluster()
  await cluster.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'leaving' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'leaving', finalizers: ['example.org/hold'] } },
  )
  await cluster.delete('namespace/leaving')
  const said = await waitUntil('the conditions', async () => {
    const { status } = (await cluster.get('namespace/leaving')) as KubeObject & { status?: { conditions?: ReturnType<typeof terminatingConditions> } }
    const content = status?.conditions?.find(({ type }) => type === 'NamespaceContentRemaining')?.message
    return content?.endsWith('remaining: configmaps. has 1 resource instances') && rows(status?.conditions ?? [])
  })
  assert.equal(said[4]?.[3], 'Some content in the namespace has finalizers remaining: example.org/hold in 1 resource instances')
  await cluster.backend.patch({ resource: 'configmaps', namespace: 'leaving', name: 'c' }, 'application/merge-patch+json', { metadata: { finalizers: null } })
  await cluster.waitFor('namespace/leaving', 'Deleted')
})
