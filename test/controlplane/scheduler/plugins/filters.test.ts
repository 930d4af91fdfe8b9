import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod } from '../../../../src/kube/objects.ts'
import { aNode, aPod, PlacementStage } from '../stage.ts'

const nodes: readonly Node[] = [
  aNode('ssd', { labels: { disk: 'ssd', cores: '8' } }),
  aNode('hdd', { labels: { disk: 'hdd', cores: '+16' } }),
  aNode('gone', { labels: { disk: 'ssd' }, unschedulable: true }),
  aNode('gpu', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }], allocatable: { 'example.com/gpu': '2' } }),
  aNode('leaving', { taints: [{ key: 'going', effect: 'NoExecute' }] }),
]
const there: readonly Pod[] = [aPod('web', { node: 'ssd', spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] } })]

const affinity = (...terms: object[]) => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } } })
const label = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] })
const named = (...values: string[]) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values }] })
const port = (more: object) => ({ containers: [{ name: 'c', ports: [{ containerPort: 1, ...more }] }] })
const asks = (requests: Record<string, string>) => ({ name: 'c', resources: { requests } })

const rows: readonly [rule: string, spec: object, fits: readonly string[]][] = [
  ['nothing asked', {}, ['ssd', 'hdd']],
  ['a node selector', { nodeSelector: { disk: 'hdd' } }, ['hdd']],
  ['one of several terms', affinity(label('disk', 'In', 'hdd'), label('disk', 'In', 'ssd')), ['ssd', 'hdd']],
  ['more than a whole number', affinity(label('cores', 'Gt', '8')), ['hdd']],
  ['less than a whole number, which a host name is not', affinity(label('kubernetes.io/hostname', 'Lt', '9')), []],
  ['a term that says nothing', affinity({}), []],
  ['a node by its name', affinity(named('hdd')), ['hdd']],
  ['names that exclude each other', affinity({ matchFields: [...named('hdd').matchFields, ...named('ssd').matchFields] }), []],
  ['a cordon that is tolerated', { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] }, ['ssd', 'hdd', 'gone']],
  ['a taint that is tolerated by value', { tolerations: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }, ['ssd', 'hdd', 'gpu']],
  ['another value', { tolerations: [{ key: 'gpu', value: 'no', effect: 'NoSchedule' }] }, ['ssd', 'hdd']],
  ['every taint tolerated', { tolerations: [{ operator: 'Exists' }] }, ['ssd', 'hdd', 'gone', 'gpu', 'leaving']],
  ['a port that is taken', port({ hostPort: 80 }), ['hdd']],
  ['a port that is taken on another address too', port({ hostPort: 80, hostIP: '192.0.2.1' }), ['hdd']],
  ['the same number of another protocol', port({ hostPort: 80, protocol: 'UDP' }), ['ssd', 'hdd']],
  ['an extended resource', { containers: [asks({ 'example.com/gpu': '2' })], tolerations: [{ key: 'gpu', operator: 'Exists' }] }, ['gpu']],
  ['more than one container can have', { containers: [asks({ cpu: '3' }), asks({ cpu: '2' })] }, []],
  ['the largest init container', { containers: [asks({ cpu: '1' })], initContainers: [asks({ cpu: '5' })] }, []],
  ['a sidecar beside what follows', { containers: [asks({ cpu: '2' })], initContainers: [{ ...asks({ cpu: '3' }), restartPolicy: 'Always' }] }, []],
  ['overhead', { containers: [asks({ cpu: '3' })], overhead: { cpu: '1500m' } }, []],
  ['resources of the pod as a whole', { containers: [asks({ cpu: '1' })], resources: { requests: { cpu: '5' } } }, []],
]

for (const [rule, spec, fits] of rows)
  test(`nodes for ${rule}: ${fits.join(', ') || 'none'}`, () => {
    assert.deepEqual(new PlacementStage(nodes, there).fitting(aPod('p', { spec })).sort(), [...fits].sort())
  })

const messages: readonly [spec: object, says: string][] = [
  [{ nodeSelector: { disk: 'tape' } }, "2 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector"],
  [port({ hostPort: 80 }), "1 node(s) didn't have free ports for the requested pod ports"],
  [{ containers: [asks({ 'example.com/gpu': '3' })] }, '2 Insufficient example.com/gpu'],
  [
    { containers: [asks({ cpu: '5', memory: '9Gi', 'ephemeral-storage': '1' })] },
    '2 Insufficient cpu, 2 Insufficient ephemeral-storage, 2 Insufficient memory',
  ],
]

for (const [spec, says] of messages)
  test(`the message says: ${says}`, () => {
    const stage = new PlacementStage([...nodes.filter(({ metadata }) => metadata?.name !== 'hdd' || !says.includes('ports'))], there)
    const message = stage.place(aPod('p', { spec }))
    for (const reason of says.split(', ')) assert.match(message, new RegExp(reason.replace(/[().]/g, '\\$&')))
  })

test('a node has as many pods as it says, none when it says nothing', () => {
  const stage = new PlacementStage([aNode('one', { allocatable: { pods: '1' } })])
  assert.equal(stage.place(aPod('a')), 'one')
  assert.equal(stage.place(aPod('b')), '0/1 nodes are available: 1 Too many pods.')
})

test('a pod that is resized holds the larger of what it has and what it asks for', () => {
  const status = { containerStatuses: [{ name: 'c', resources: { requests: { cpu: '3' } } }] }
  const shrinking = aPod('shrinking', { cpu: '1', node: 'n', status })
  assert.equal(new PlacementStage([aNode('n')], [shrinking]).place(aPod('p', { cpu: '2' })), '0/1 nodes are available: 1 Insufficient cpu.')
  const done = { ...shrinking, status: { containerStatuses: [{ name: 'c', resources: { requests: { cpu: '1' } } }] } } as unknown as Pod
  assert.equal(new PlacementStage([aNode('n')], [done]).place(aPod('p', { cpu: '2' })), 'n')
})
