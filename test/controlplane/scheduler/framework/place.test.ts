import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodesToFind } from '../../../../src/controlplane/scheduler/framework/sampling.ts'
import { PodInfo } from '../../../../src/controlplane/scheduler/snapshot/pod-info.ts'
import { aNode, aPod, PlacementStage, required } from '../stage.ts'

test('what pods ask for is booked until nothing fits, and each reason is counted', () => {
  const stage = new PlacementStage([aNode('a'), aNode('b'), aNode('c', { taints: [{ key: 'k', effect: 'NoSchedule' }] })])
  assert.deepEqual([1, 2].map((number) => stage.place(aPod(`p${number}`, { cpu: '3' }))).sort(), ['a', 'b'])
  assert.equal(
    stage.place(aPod('p3', { cpu: '3', memory: '9Gi' })),
    '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu, 2 Insufficient memory.',
  )
})

test('of equal nodes one is taken by chance, the same with the same seed', () => {
  const nodes = Array.from({ length: 10 }, (_, index) => aNode(`n${index}`))
  const run = (seed: number) => {
    const stage = new PlacementStage(nodes, [], undefined, seed)
    return Array.from({ length: 10 }, (_, index) => stage.place(aPod(`p${index}`)))
  }
  assert.deepEqual(run(1), run(1))
  assert.notDeepEqual(run(1), run(2))
  assert.equal(new Set(run(1)).size, 10, 'each goes where the fewest are')
})

test('without nodes nothing is counted', () => {
  const placement = new PlacementStage([]).try(aPod('p'))
  assert.ok('diagnosis' in placement)
  assert.deepEqual([placement.diagnosis.total, [...placement.diagnosis.plugins]], [0, []])
})

test('how many nodes are enough follows the size of the cluster', () => {
  assert.deepEqual([3, 99, 100, 101, 1000, 5000, 6000, 10_000].map(nodesToFind), [3, 99, 100, 100, 420, 500, 300, 500])
})

test('of a large cluster a part is looked at, each time another', () => {
  const stage = new PlacementStage(Array.from({ length: 300 }, (_, index) => aNode(`n${index}`, { labels: { zone: String(index % 2) } })))
  const places = Array.from({ length: 300 }, (_, index) => stage.place(aPod(`p${index}`, { cpu: '3' })))
  assert.equal(new Set(places).size, 300)
})

test('a pod for which room was made goes to that node, others find the room taken', () => {
  const stage = new PlacementStage([aNode('a'), aNode('b', { allocatable: { cpu: '8' } })])
  const waiting = aPod('waiting', { cpu: '4', status: { nominatedNodeName: 'a' }, spec: { priority: 10 } })
  stage.cluster.nominate(new PodInfo(waiting), 'a')
  assert.equal(stage.place(aPod('small', { cpu: '1' })), 'b')
  assert.equal(
    stage.place(aPod('higher', { cpu: '1', spec: { priority: 11, nodeSelector: { 'kubernetes.io/hostname': 'a' } } })),
    'a',
    'the less important does not hold it up',
  )
  const again = new PlacementStage([aNode('a'), aNode('b', { allocatable: { cpu: '8' } })])
  again.cluster.nominate(new PodInfo(waiting), 'a')
  assert.equal(again.place(waiting), 'a')
})

test('a node that another plugin has left out is told so', () => {
  const stage = new PlacementStage([aNode('a', { unschedulable: true }), aNode('b'), aNode('c')])
  const terms = required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }).requiredDuringSchedulingIgnoredDuringExecution
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } }
  assert.equal(
    stage.place(aPod('p', { spec: { affinity } })),
    "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  )
})
