import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aNode, aPod, PlacementStage } from '../stage.ts'

const nodes = [
  aNode('a1', { labels: { zone: 'a', disk: 'ssd' } }),
  aNode('a2', { labels: { zone: 'a', disk: 'ssd' } }),
  aNode('b1', { labels: { zone: 'b', disk: 'ssd' } }),
  aNode('c1', { labels: { zone: 'c' }, taints: [{ key: 'k', effect: 'NoSchedule' }] }),
  aNode('none'),
]
const labels = { app: 'web' }
const at = (node: string, count: number, more: object = {}) => Array.from({ length: count }, (_, index) => aPod(`${node}-${index}`, { labels, node, ...more }))
const spread = (more: object = {}) => ({ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels }, ...more })
const pod = (constraints: object[], spec: object = {}, own: Record<string, string> = labels) =>
  aPod('p', { labels: own, spec: { topologySpreadConstraints: constraints, ...spec } })
const selected = { nodeSelector: { disk: 'ssd' } }

const rows: readonly [rule: string, there: ReturnType<typeof at>, asked: ReturnType<typeof pod>, fits: readonly string[]][] = [
  ['an empty cluster', [], pod([spread()]), ['a1', 'a2', 'b1']],
  ['a domain whose only node is tainted counts, for taints are not looked at', at('a1', 1), pod([spread()]), ['b1']],
  ['where taints are looked at it does not', [...at('a1', 1), ...at('b1', 1)], pod([spread({ nodeTaintsPolicy: 'Honor' })]), ['a1', 'a2', 'b1']],
  ['both zones have one, the tainted none', [...at('a1', 1), ...at('b1', 1)], pod([spread()]), []],
  ['a domain that the node selector leaves out does not count', [...at('a1', 1), ...at('b1', 1)], pod([spread()], selected), ['a1', 'a2', 'b1']],
  ['and does where affinity is not looked at', [...at('a1', 1), ...at('b1', 1)], pod([spread({ nodeAffinityPolicy: 'Ignore' })], selected), []],
  ['a skew of two', at('a1', 1), pod([spread({ maxSkew: 2 })]), ['a1', 'a2', 'b1']],
  ['fewer domains than there are to be', [...at('a1', 1), ...at('b1', 1)], pod([spread({ minDomains: 3 })], selected), []],
  ['as many domains as there are to be', [...at('a1', 1), ...at('b1', 1)], pod([spread({ minDomains: 2 })], selected), ['a1', 'a2', 'b1']],
  ['a pod that does not count itself', at('a1', 1), pod([spread()], {}, {}), ['a1', 'a2', 'b1']],
  ['pods that are going do not count', at('a1', 1, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), pod([spread()]), ['a1', 'a2', 'b1']],
  ['pods of other namespaces do not count', at('a1', 1, { namespace: 'other' }), pod([spread()]), ['a1', 'a2', 'b1']],
  ['by zone and by host', at('a1', 1), pod([spread({ maxSkew: 2 }), spread({ topologyKey: 'kubernetes.io/hostname' })], selected), ['a2', 'b1']],
  ['no selector counts nobody', at('a1', 5), pod([spread({ labelSelector: undefined })]), ['a1', 'a2', 'b1']],
]

for (const [rule, there, asked, fits] of rows)
  test(`spread: ${rule}: ${fits.join(', ') || 'nowhere'}`, () => {
    assert.deepEqual(new PlacementStage(nodes, there).fitting(asked).sort(), [...fits].sort())
  })

test('pods of another revision do not count where matchLabelKeys tells them apart', () => {
  const old = at('a1', 3).map((each) => ({ ...each, metadata: { ...each.metadata, labels: { ...labels, revision: '1' } } }))
  const next = { ...labels, revision: '2' }
  assert.deepEqual(new PlacementStage(nodes, old).fitting(pod([spread({ matchLabelKeys: ['revision', 'absent'] })], selected, next)).sort(), ['a1', 'a2', 'b1'])
  assert.deepEqual(new PlacementStage(nodes, old).fitting(pod([spread()], selected, next)), ['b1'])
})

test('pods placed one after the other are never further apart than allowed, and the last is told why', () => {
  const stage = new PlacementStage(nodes)
  const web = (index: number) => ({ ...pod([spread()], selected), metadata: { name: `w${index}`, namespace: 'default', uid: `w${index}`, labels } })
  const zones = Array.from({ length: 10 }, (_, index) => stage.cluster.node(stage.place(web(index)))?.labels.zone)
  assert.deepEqual([zones.filter((zone) => zone === 'a').length, zones.filter((zone) => zone === 'b').length], [5, 5])
  const full = new PlacementStage(nodes, [...at('a1', 1), ...at('b1', 1)])
  const says =
    "1 node(s) didn't match pod topology spread constraints (missing required label), 1 node(s) had untolerated taint(s), 3 node(s) didn't match pod topology spread constraints."
  assert.equal(full.place(pod([spread()])), `0/5 nodes are available: ${says}`)
})
