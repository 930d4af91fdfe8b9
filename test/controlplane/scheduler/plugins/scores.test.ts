import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plugin } from '../../../../src/controlplane/scheduler/framework/plugin.ts'
import { totalScores } from '../../../../src/controlplane/scheduler/framework/score.ts'
import { balancedAllocation } from '../../../../src/controlplane/scheduler/plugins/balanced-allocation.ts'
import { imageLocality } from '../../../../src/controlplane/scheduler/plugins/image-locality.ts'
import { nodeAffinity } from '../../../../src/controlplane/scheduler/plugins/node-affinity.ts'
import { nodeResourcesFit } from '../../../../src/controlplane/scheduler/plugins/node-resources-fit.ts'
import { podTopologySpread } from '../../../../src/controlplane/scheduler/plugins/pod-topology-spread.ts'
import { taintToleration } from '../../../../src/controlplane/scheduler/plugins/taint-toleration.ts'
import { Cluster } from '../../../../src/controlplane/scheduler/snapshot/cluster.ts'
import { noObjects } from '../../../../src/controlplane/scheduler/snapshot/cluster-objects.ts'
import { PodInfo } from '../../../../src/controlplane/scheduler/snapshot/pod-info.ts'
import type { Node, Pod, Service } from '../../../../src/kube/objects.ts'
import { aNode, aPod, preferred } from '../stage.ts'

/** Scores of the nodes in order of their names, by one plugin. */
function scores(plugin: Plugin, pod: Pod, nodes: readonly Node[], there: readonly Pod[] = [], objects = noObjects): number[] {
  const cluster = new Cluster(objects)
  for (const node of nodes) cluster.setNode(node)
  for (const each of there) cluster.put(new PodInfo(each))
  return totalScores(new PodInfo(pod), cluster, cluster.nodes, [{ ...plugin, weight: 1 }])
}

test('where more of CPU and memory is left is better', () => {
  const nodes = [aNode('a', { allocatable: { cpu: '4', memory: '10Gi' } }), aNode('b', { allocatable: { cpu: '6', memory: '10Gi' } })]
  // upstream: (4-3)/4 of CPU and (10-5)/10 of memory; (6-3)/6 and as much memory.
  assert.deepEqual(scores(nodeResourcesFit, aPod('p', { cpu: '3', memory: '5Gi' }), nodes), [37, 50])
  assert.deepEqual(scores(nodeResourcesFit, aPod('p'), nodes, [aPod('there', { node: 'a' })]), [95, 98], 'a pod that asks for nothing counts too')
})

test('where CPU and memory are used alike is better, unless the pod asks for neither', () => {
  const nodes = [aNode('a', { allocatable: { cpu: '4', memory: '10Gi' } }), aNode('b', { allocatable: { cpu: '6', memory: '10Gi' } })]
  assert.deepEqual(scores(balancedAllocation, aPod('p', { cpu: '3', memory: '5Gi' }), nodes), [87, 100])
  assert.deepEqual(scores(balancedAllocation, aPod('p'), nodes), [0, 0])
})

test('terms of node affinity add their weights', () => {
  const term = (key: string, weight: number) => ({ weight, preference: { matchExpressions: [{ key, operator: 'Exists' }] } })
  const pod = aPod('p', { spec: { affinity: { nodeAffinity: preferred(term('a', 20), term('b', 60)) } } })
  assert.deepEqual(scores(nodeAffinity, pod, [aNode('n1', { labels: { a: '1', b: '1' } }), aNode('n2', { labels: { a: '1' } }), aNode('n3')]), [100, 25, 0])
})

test('taints that one would rather avoid count against a node, unless they are tolerated', () => {
  const taint = (key: string) => ({ key, effect: 'PreferNoSchedule' })
  const nodes = [aNode('n1', { taints: [taint('a'), taint('b')] }), aNode('n2', { taints: [taint('a')] }), aNode('n3')]
  assert.deepEqual(scores(taintToleration, aPod('p'), nodes), [0, 50, 100])
  assert.deepEqual(scores(taintToleration, aPod('p', { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } }), nodes), [0, 100, 100])
})

test('a node that has the image is better, the less of them have it the less it counts', () => {
  const image = (sizeMb: number) => [{ names: ['app:1', 'registry.example/app@sha256:1'], sizeBytes: sizeMb * 1024 * 1024 }]
  const nodes = [aNode('n1', { images: image(500) }), aNode('n2')]
  // Half of the nodes have it: 250 MiB of 23 to 1000.
  assert.deepEqual(scores(imageLocality, aPod('p'), nodes), [23, 0])
  assert.deepEqual(scores(imageLocality, aPod('p'), [aNode('n1', { images: image(20) }), aNode('n2')]), [0, 0], 'too small to count')
  assert.deepEqual(scores(imageLocality, aPod('p', { spec: { containers: [{ name: 'c', image: 'app' }] } }), nodes), [0, 0], 'another tag')
})

const web = { app: 'web' }
const at = (node: string, count: number) => Array.from({ length: count }, (_, index) => aPod(`${node}-${index}`, { labels: web, node }))
const zoned = [aNode('a1', { labels: { zone: 'a' } }), aNode('a2', { labels: { zone: 'a' } }), aNode('b1', { labels: { zone: 'b' } }), aNode('none')]

test('where fewer pods of its kind are is better, by the constraints that are wished for', () => {
  const constraint = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: web } }
  const pod = aPod('p', { labels: web, spec: { topologySpreadConstraints: [constraint] } })
  // log(4) for each of three, and of one: 4 and 1.
  assert.deepEqual(scores(podTopologySpread, pod, zoned, [...at('a1', 3), ...at('b1', 1)]), [25, 25, 100, 0])
  assert.deepEqual(scores(podTopologySpread, pod, zoned), [100, 100, 100, 0])
  assert.deepEqual(scores(podTopologySpread, aPod('p', { labels: web }), zoned, at('a1', 3)), [0, 0, 0, 0], 'a pod of nobody')
})

test('pods of a service or of a replica set are spread over hosts though they say nothing', () => {
  const service = { spec: { selector: web } } as unknown as Service
  const withService = { ...noObjects, services: () => [service] }
  const [a1, a2, b1] = scores(podTopologySpread, aPod('p', { labels: web }), zoned, [...at('a1', 9), ...at('a2', 3)], withService)
  assert.ok((a1 ?? 0) < (a2 ?? 0) && (a2 ?? 0) < (b1 ?? 0) && b1 === 100, `${[a1, a2, b1]}`)
  const metadata = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }] }
  const withSet = {
    ...noObjects,
    selectorOf: (kind: string, _: string, name: string) => (kind === 'ReplicaSet' && name === 'web' ? { matchLabels: web } : undefined),
  }
  const spread = scores(podTopologySpread, aPod('p', { labels: web, metadata }), zoned, at('a1', 9), withSet)
  assert.ok((spread[0] ?? 0) < 100 && spread[2] === 100)
})
