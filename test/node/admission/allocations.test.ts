import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Allocations } from '../../../actors/node/admission/allocations.ts'
import { type PodUid, podUid } from '../../../src/kube/ids.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'

const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }]
const cpu = (amount: string) => ({ requests: { cpu: amount } })
const asking = (amount: string, reported?: string): Pod =>
  aPod()
    .withContainer({ name: 'c', resources: cpu(amount), resizePolicy })
    .withStatus({ containerStatuses: reported ? [{ name: 'c', ready: true, restartCount: 0, image: '', imageID: '', resources: cpu(reported) }] : [] })
    .build()
const [a, b] = [podUid('a'), podUid('b')]

function node(allocatable = '2') {
  const of: Node = { status: { allocatable: { cpu: allocatable, pods: '10' } } }
  const allocations = new Allocations(() => of)
  return {
    allocations,
    used: () => allocations.occupancy.used.get('cpu'),
    grow: (to: string) => {
      if (of.status) of.status.allocatable = { cpu: to, pods: '10' }
    },
  }
}

test('a resize for which there is room is given at once, and counts', () => {
  const { allocations, used } = node()
  allocations.set(a, asking('500m'))
  allocations.set(a, asking('2'))
  assert.deepEqual([allocations.heldOf(a), used()], [undefined, 2000])
})

test('one that others leave no room for is deferred: the pod keeps and counts with what it has, until they go', () => {
  const { allocations, used } = node()
  allocations.set(a, asking('500m'))
  allocations.set(b, asking('1'))
  allocations.set(a, asking('1500m'))
  assert.deepEqual(allocations.heldOf(a), { status: 'Deferred', resources: { c: cpu('500m') } })
  assert.deepEqual([allocations.waiting(), used()], [[a], 1500])
  allocations.delete(b)
  allocations.set(a, asking('1500m'))
  assert.deepEqual([allocations.heldOf(a), used()], [undefined, 1500])
})

test('what a kubelet gave a pod goes before what the pod’s status says, where it knew each of its containers', () => {
  const of: Node = { status: { allocatable: { cpu: '2', pods: '10' } } }
  const before = new Map<PodUid, Readonly<Record<string, { requests: Record<string, string> }>>>([
    [a, { c: cpu('500m') }],
    [b, { other: cpu('500m') }],
  ])
  const allocations = new Allocations(() => of, before)
  allocations.set(podUid('full'), asking('1'))
  allocations.set(a, asking('1500m', '900m'))
  assert.deepEqual(allocations.heldOf(a), { status: 'Deferred', resources: { c: cpu('500m') } })
  allocations.delete(a)
  allocations.set(b, asking('1500m', '900m'))
  assert.deepEqual(allocations.heldOf(b)?.resources, { c: cpu('900m') })
})

test('one that the node could never give is infeasible, and counts for nothing; another wish is another matter', () => {
  const { allocations, used } = node()
  allocations.set(a, asking('500m'))
  allocations.set(a, asking('3'))
  assert.equal(allocations.heldOf(a)?.status, 'Infeasible')
  assert.equal(used(), 500)
  allocations.set(a, asking('1'))
  assert.deepEqual([allocations.heldOf(a), used()], [undefined, 1000])
})

test('a wish taken back is none', () => {
  const { allocations } = node()
  allocations.set(a, asking('500m'))
  allocations.set(a, asking('3'))
  allocations.set(a, asking('500m'))
  assert.equal(allocations.heldOf(a), undefined)
})

test('a restarted agent takes what a pod reported for what it has, also when the wish came meanwhile', () => {
  const { allocations, used, grow } = node()
  allocations.set(b, asking('1'))
  allocations.set(a, asking('1500m', '500m'))
  assert.deepEqual([allocations.heldOf(a)?.status, used()], ['Deferred', 1500])
  grow('4')
  allocations.set(a, asking('1500m', '500m'))
  assert.deepEqual([allocations.heldOf(a), used()], [undefined, 2500])
})

test('a pod that cannot be resized has what its spec asks for, whatever it is', () => {
  const { allocations, used } = node()
  allocations.set(
    a,
    aPod()
      .withContainer({ name: 'c', resources: cpu('1') })
      .build(),
  )
  allocations.set(
    a,
    aPod()
      .withContainer({ name: 'c', resources: cpu('3') })
      .build(),
  )
  assert.deepEqual([allocations.heldOf(a), used()], [undefined, 3000])
})
