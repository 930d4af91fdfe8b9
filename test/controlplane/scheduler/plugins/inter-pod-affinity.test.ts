import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PodInfo } from '../../../../src/controlplane/scheduler/snapshot/pod-info.ts'
import { aNode, aPod, PlacementStage, preferred, required } from '../stage.ts'

const zoned = (name: string, zone: string) => aNode(name, { labels: { zone } })
const nodes = [zoned('a1', 'a'), zoned('a2', 'a'), zoned('b1', 'b'), aNode('free')]
const term = (app: string, topologyKey = 'zone', more: object = {}) => ({ topologyKey, labelSelector: { matchLabels: { app } }, ...more })
const beside = (...terms: object[]) => ({ affinity: { podAffinity: required(...terms) } })
const apart = (...terms: object[]) => ({ affinity: { podAntiAffinity: required(...terms) } })
const db = aPod('db', { labels: { app: 'db', tier: 'data' }, node: 'a1' })

const rows: readonly [rule: string, spec: object, fits: readonly string[]][] = [
  ['beside a pod of its zone', beside(term('db')), ['a1', 'a2']],
  ['beside a pod of its host', beside(term('db', 'kubernetes.io/hostname')), ['a1']],
  ['beside a pod that all terms mean', beside(term('db'), { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { tier: 'data' } } }), ['a1']],
  ['beside a pod that one of the terms does not mean', beside(term('db'), term('other')), []],
  ['apart from a pod of its zone: a node without the label is of none', apart(term('db')), ['b1', 'free']],
  ['apart from a pod of its host', apart(term('db', 'kubernetes.io/hostname')), ['a2', 'b1', 'free']],
  ['apart from either', apart(term('web'), term('db')), ['b1', 'free']],
  ['beside a pod of another namespace, which is not meant', beside(term('db', 'zone', { namespaces: ['other'] })), []],
  [
    'beside a pod of a namespace by its labels',
    beside(term('db', 'zone', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } })),
    ['a1', 'a2'],
  ],
  ['beside a pod of any namespace', beside(term('db', 'zone', { namespaceSelector: {} })), ['a1', 'a2']],
  ['no selector means nobody', beside({ topologyKey: 'zone' }), []],
]

for (const [rule, spec, fits] of rows)
  test(`nodes ${rule}: ${fits.join(', ') || 'none'}`, () => {
    assert.deepEqual(new PlacementStage(nodes, [db]).fitting(aPod('p', { spec })).sort(), [...fits].sort())
  })

test('the first of a group that is to be together may go anywhere in a domain, the others follow', () => {
  const stage = new PlacementStage(nodes)
  const member = (name: string) => aPod(name, { labels: { app: 'group' }, spec: beside(term('group')) })
  const zoneOf = (name: string) => stage.cluster.node(stage.place(member(name)))?.labels.zone
  const first = zoneOf('g1')
  assert.ok(first)
  assert.deepEqual([zoneOf('g2'), zoneOf('g3')], [first, first])
})

test('a pod that is there keeps those away that it must not be beside', () => {
  const lonely = aPod('lonely', { node: 'a1', spec: apart(term('web')) })
  const stage = new PlacementStage(nodes, [lonely])
  assert.deepEqual(stage.fitting(aPod('web', { labels: { app: 'web' } })).sort(), ['b1', 'free'])
  assert.deepEqual(stage.fitting(aPod('db', { labels: { app: 'db' } })).length, 4)
  stage.cluster.take('default/lonely')
  assert.deepEqual(stage.fitting(aPod('web', { labels: { app: 'web' } })).length, 4, 'none when it is gone')
})

test('one of a kind on each node, and the last is told why', () => {
  const stage = new PlacementStage(nodes.slice(0, 3))
  const one = (name: string) => aPod(name, { labels: { app: 'one' }, spec: apart(term('one', 'kubernetes.io/hostname')) })
  assert.deepEqual(['p1', 'p2', 'p3'].map((name) => stage.place(one(name))).sort(), ['a1', 'a2', 'b1'])
  assert.equal(stage.place(one('p4')), "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.")
  assert.equal(stage.place(aPod('p5', { spec: beside(term('nobody')) })), "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.")
  const web = new PlacementStage(nodes.slice(0, 2), [aPod('lonely', { node: 'a1', spec: apart(term('web')) })])
  assert.equal(web.place(aPod('web', { labels: { app: 'web' } })), "0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules.")
})

test('the labels of a namespace count as they are now', () => {
  const stage = new PlacementStage(nodes, [db])
  const selects = beside(term('db', 'zone', { namespaceSelector: { matchLabels: { team: 'x' } } }))
  assert.deepEqual(stage.fitting(aPod('p', { namespace: 'other', spec: selects })), [])
  stage.cluster.setNamespace({ metadata: { name: 'default', labels: { team: 'x' } } }, false)
  assert.deepEqual(stage.fitting(aPod('p', { namespace: 'other', spec: selects })).sort(), ['a1', 'a2'])
})

test('what is wished for wins over what is free, both ways round', () => {
  const likes = { affinity: { podAffinity: preferred({ weight: 100, podAffinityTerm: term('db', 'kubernetes.io/hostname') }) } }
  const busy = aPod('busy', { cpu: '2', node: 'a1' })
  assert.equal(new PlacementStage(nodes, [db, busy]).place(aPod('p', { spec: likes })), 'a1')
  const avoids = { affinity: { podAntiAffinity: preferred({ weight: 100, podAffinityTerm: term('db') }) } }
  assert.ok(['b1', 'free'].includes(new PlacementStage(nodes, [db]).place(aPod('p', { spec: avoids }))))
  const fan = aPod('fan', {
    node: 'b1',
    spec: { affinity: { podAffinity: preferred({ weight: 100, podAffinityTerm: term('star', 'kubernetes.io/hostname') }) } },
  })
  assert.equal(new PlacementStage(nodes, [fan]).place(aPod('star', { labels: { app: 'star' } })), 'b1', 'who is there likes it')
})

test('counts are kept as pods come, go and change their labels', () => {
  const stage = new PlacementStage(nodes, [db])
  const spec = beside(term('db', 'kubernetes.io/hostname'))
  assert.deepEqual(stage.fitting(aPod('p', { spec })), ['a1'])
  stage.cluster.put(new PodInfo(aPod('db2', { labels: { app: 'db' }, node: 'b1' })))
  assert.deepEqual(stage.fitting(aPod('p', { spec })).sort(), ['a1', 'b1'])
  stage.cluster.put(new PodInfo(aPod('db', { labels: { app: 'was' }, node: 'a1' })))
  assert.deepEqual(stage.fitting(aPod('p', { spec })), ['b1'])
  stage.cluster.take('default/db2')
  assert.deepEqual(stage.fitting(aPod('p', { spec })), [])
})
