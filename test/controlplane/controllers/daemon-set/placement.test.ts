import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureDelays } from '../../../../src/controlplane/controllers/daemon-set/controller.ts'
import { limitsOf } from '../../../../src/controlplane/controllers/daemon-set/limits.ts'
import { boundTo, nodeOf, placementsOf } from '../../../../src/controlplane/controllers/daemon-set/placement.ts'
import { withTolerations } from '../../../../src/controlplane/controllers/daemon-set/tolerations.ts'
import { FailedPods, failureKey } from '../../../../src/controlplane/controllers/runtime/failed-pods.ts'
import type { Node, Pod, PodSpec } from '../../../../src/kube/objects.ts'
import { aDaemonSet, rolling } from './daemon-stage.ts'

const containers = [{ name: 'app', image: 'app:1' }]
const here = { run: true, stay: true }
const nowhere = { run: false, stay: false }
const noMore = { run: false, stay: true }
const system = (key: string, effect: string) => ({ key: `node.kubernetes.io/${key}`, effect })
const required = (key: string, ...values: string[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values }] }] } },
})

const placements: readonly (readonly [what: string, spec: object, node: { labels?: Record<string, string>; taints?: readonly object[] }, placement: object])[] =
  [
    ['any node', {}, {}, here],
    ['the node that it names', { nodeName: 'a' }, {}, here],
    ['a node that it does not name', { nodeName: 'b' }, {}, nowhere],
    ['a node that its selector fits', { nodeSelector: { disk: 'ssd' } }, { labels: { disk: 'ssd' } }, here],
    ['a node that its selector does not fit', { nodeSelector: { disk: 'ssd' } }, { labels: { disk: 'hdd' } }, nowhere],
    ['a node that its affinity fits', { affinity: required('zone', 'x', 'y') }, { labels: { zone: 'y' } }, here],
    ['a node that its affinity does not fit', { affinity: required('zone', 'x') }, { labels: { zone: 'y' } }, nowhere],
    ['a node that keeps pods away', {}, { taints: [{ key: 'gpu', effect: 'NoSchedule' }] }, noMore],
    ['a node that drives pods out', {}, { taints: [{ key: 'gpu', effect: 'NoExecute' }] }, nowhere],
    ['a node that would rather not', {}, { taints: [{ key: 'gpu', effect: 'PreferNoSchedule' }] }, here],
    ['a node whose taint it tolerates', { tolerations: [{ key: 'gpu', operator: 'Exists' }] }, { taints: [{ key: 'gpu', effect: 'NoExecute' }] }, here],
    ['a node that is cordoned', {}, { taints: [system('unschedulable', 'NoSchedule')] }, here],
    ['a node that is lost', {}, { taints: [system('unreachable', 'NoExecute'), system('not-ready', 'NoExecute')] }, here],
    ['a node under pressure', {}, { taints: ['disk-pressure', 'memory-pressure', 'pid-pressure'].map((key) => system(key, 'NoSchedule')) }, here],
    ['a node that is not ready yet', {}, { taints: [system('not-ready', 'NoSchedule')] }, noMore],
    ['a node without a network', {}, { taints: [system('network-unavailable', 'NoSchedule')] }, noMore],
    ['a node without a network, on the network of the host', { hostNetwork: true }, { taints: [system('network-unavailable', 'NoSchedule')] }, here],
  ]

for (const [what, spec, { labels, taints }, placement] of placements)
  test(`${what}: ${JSON.stringify(placement)}`, () => {
    const set = aDaemonSet({ template: { spec: { containers, ...spec } } })
    const node = { metadata: { name: 'a', labels }, spec: { taints } } as Node
    assert.deepEqual(placementsOf(set)(node), placement)
  })

test('a toleration of the template for a taint that daemons tolerate gives way, others stay', () => {
  const own = [
    { ...system('not-ready', 'NoExecute'), operator: 'Exists', tolerationSeconds: 5 },
    { key: 'gpu', operator: 'Exists' },
  ]
  const { tolerations = [] } = withTolerations({ containers, tolerations: own } as PodSpec)
  assert.deepEqual(tolerations[0], { ...system('not-ready', 'NoExecute'), operator: 'Exists' })
  assert.deepEqual(tolerations[1], own[1])
  assert.equal(tolerations.length, 7)
})

test('a pod is bound by its affinity, in place of the one that chose the nodes; what it would prefer stays', () => {
  const preferred = [{ weight: 1, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } }]
  const affinity = { ...required('zone', 'x'), podAntiAffinity: {} }
  const bound = boundTo({ ...affinity, nodeAffinity: { ...affinity.nodeAffinity, preferredDuringSchedulingIgnoredDuringExecution: preferred } }, 'a')
  assert.deepEqual(bound.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution, preferred)
  assert.deepEqual(bound.podAntiAffinity, {})
  assert.equal(nodeOf({ spec: { affinity: bound } } as Pod), 'a')
  assert.equal(nodeOf({ spec: { affinity: bound, nodeName: 'b' } } as Pod), 'b', 'where it is counts more')
  assert.equal(nodeOf({ spec: { affinity } } as unknown as Pod), undefined)
})

test('percentages are rounded up, and one may be missing where nothing could move', () => {
  assert.deepEqual(limitsOf(aDaemonSet(rolling({ maxUnavailable: '10%' })), 11), { surge: 0, unavailable: 2 })
  assert.deepEqual(limitsOf(aDaemonSet(rolling({ maxSurge: '10%', maxUnavailable: 0 })), 11), { surge: 2, unavailable: 0 })
  assert.deepEqual(limitsOf(aDaemonSet(rolling({ maxSurge: 0, maxUnavailable: 0 })), 3), { surge: 0, unavailable: 1 })
})

test('failed pods are left for 1 s, 2 s, 4 s up to a quarter of an hour, and from the start again after half an hour or for another generation', () => {
  const failed = new FailedPods(failureDelays)
  const key = failureKey('set', 1, 'a')
  const delays: number[] = []
  let now = 1_000_000
  for (let round = 0; round < 12; round++) {
    failed.deleted(key, now)
    delays.push((failed.mayDeleteAt(key) - now) / 1000)
    now = failed.mayDeleteAt(key)
  }
  assert.deepEqual(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
  assert.equal(failed.mayDeleteAt(failureKey('set', 2, 'a')), 0)
  failed.deleted(key, now + 30 * 60_000)
  assert.equal(failed.mayDeleteAt(key), now + 30 * 60_000 + 1000)
  failed.forget('set')
  assert.equal(failed.mayDeleteAt(key), 0)
})
