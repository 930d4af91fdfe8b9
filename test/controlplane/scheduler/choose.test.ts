import assert from 'node:assert/strict'
import { test } from 'node:test'
import { book, chooseNode } from '../../../src/controlplane/scheduler/choose.ts'
import type { NodeRoom } from '../../../src/controlplane/scheduler/fit.ts'
import { TakenPorts } from '../../../src/kube/host-ports.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'

const aNode = (name: string, more: Record<string, unknown> = {}): NodeRoom => ({
  node: { metadata: { name, labels: { disk: name } }, status: { allocatable: { cpu: '2', memory: '1Gi', pods: '10' } }, ...more } as unknown as Node,
  used: new Map(),
  pods: 0,
  hostPorts: new TakenPorts(),
})
const aPod = (cpu = '1', more: Record<string, unknown> = {}) =>
  ({ spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }], ...more } }) as unknown as Pod

test('a pod goes to the node with the fewest pods', () => {
  const rooms = [aNode('a'), aNode('b')]
  assert.deepEqual(
    [1, 2, 3].map(() => chooseNode(aPod('500m'), rooms)),
    [{ node: 'a' }, { node: 'b' }, { node: 'a' }],
  )
})

test('of equal nodes the first by name is taken, whoever came first', () => {
  assert.deepEqual(chooseNode(aPod(), [aNode('b'), aNode('a'), aNode('c')]), { node: 'a' })
})

test('what pods ask for is booked until nothing fits', () => {
  const rooms = [aNode('a')]
  book(rooms[0] as NodeRoom, aPod('1500m'))
  const choice = chooseNode(aPod('1'), rooms)
  assert.ok('unschedulable' in choice)
  assert.match(choice.unschedulable, /^0\/1 nodes are available: 1 Insufficient cpu\. preemption: /)
})

test('a taint keeps pods away that do not tolerate it', () => {
  const tainted = [aNode('a', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } })]
  assert.ok('unschedulable' in chooseNode(aPod(), tainted))
  assert.deepEqual(chooseNode(aPod('1', { tolerations: [{ key: 'k', operator: 'Exists' }] }), tainted), { node: 'a' })
})

test('a node selector is obeyed', () => {
  assert.deepEqual(chooseNode(aPod('1', { nodeSelector: { disk: 'b' } }), [aNode('a'), aNode('b')]), { node: 'b' })
})

test('without nodes the message says so', () => {
  assert.deepEqual(chooseNode(aPod(), []), { unschedulable: 'no nodes available to schedule pods' })
})
