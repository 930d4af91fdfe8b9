import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conflict } from '../../../src/controlplane/apiserver/rest/status-errors.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { pods } from '../harness.ts'
import { schedulerStage } from './server-stage.ts'
import { aNode, aPod } from './stage.ts'

test('a pod that fits is bound, and an event says so', async () => {
  await using at = await schedulerStage()
  await at.makeNode(aNode('n1'))
  await at.create(aPod('a', { cpu: '1' }))
  await at.settle()
  assert.equal(await at.nodeOf('a'), 'n1')
  assert.deepEqual(await at.messages('Scheduled'), ['Successfully assigned default/a to n1'])
  assert.equal((await at.why('a'))?.status, 'True')
})

test('a pod that does not fit is told why, and goes where a change makes room', async () => {
  await using at = await schedulerStage()
  await at.create(aPod('big', { cpu: '6' }))
  await at.settle()
  assert.equal((await at.why('big'))?.message, 'no nodes available to schedule pods')
  await at.makeNode(aNode('n1'))
  await at.settle()
  const { status, reason, message } = (await at.why('big')) ?? {}
  const says = '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
  assert.deepEqual([status, reason, message], ['False', 'Unschedulable', says])
  assert.deepEqual(await at.messages('FailedScheduling'), ['no nodes available to schedule pods', says])
  await at.makeNode(aNode('n2', { allocatable: { cpu: '8' } }))
  await at.settle()
  assert.equal(await at.nodeOf('big'), 'n2', 'while nothing else is to be done nobody waits for his backoff')
})

test('pods of other schedulers, gated ones and those that are going are left alone', async () => {
  await using at = await schedulerStage()
  await at.makeNode(aNode('n1'))
  await at.create(aPod('other', { spec: { schedulerName: 'mine' } }))
  await at.create(aPod('gated', { spec: { schedulingGates: [{ name: 'example.com/wait' }] } }))
  await at.settle()
  assert.deepEqual([await at.nodeOf('other'), await at.nodeOf('gated')], [undefined, undefined])
  await at.backend.patch({ ...pods, name: 'gated' }, 'application/merge-patch+json', { spec: { schedulingGates: null } })
  await at.settle()
  assert.equal(await at.nodeOf('gated'), 'n1')
})

test('a pod of higher priority goes first, of equal ones who came first', async () => {
  await using at = await schedulerStage()
  await at.create(aPod('low', { cpu: '3', spec: { priority: 1 } }))
  await at.create(aPod('high', { cpu: '3', spec: { priority: 2 } }))
  await at.create(aPod('late', { cpu: '3', spec: { priority: 2 } }))
  await at.settle()
  await at.makeNode(aNode('n1'))
  await at.settle()
  assert.deepEqual([await at.nodeOf('high'), await at.nodeOf('low'), await at.nodeOf('late')], ['n1', undefined, undefined])
  await at.backend.delete({ ...pods, name: 'high' }, { gracePeriodSeconds: 0 })
  await at.settle()
  assert.deepEqual([await at.nodeOf('low'), await at.nodeOf('late')], [undefined, 'n1'])
})

test('a binding that is refused is tried again after 1 s, 2 s, 4 s, 8 s and then every 10 s, and holds nobody else up', async () => {
  let refused = 0
  let isOpen = false
  await using at = await schedulerStage({
    admissions: [
      ({ subresource, name }) => {
        if (subresource !== 'binding' || name !== 'cursed' || isOpen) return
        refused++
        throw conflict({ group: '', resource: 'pods/binding', kind: 'Binding' }, 'cursed', 'not now')
      },
    ],
  })
  await at.makeNode(aNode('n1'))
  await at.create(aPod('cursed', { cpu: '4' }))
  await at.settle()
  await at.create(aPod('other', { cpu: '1' }))
  await at.settle()
  assert.equal(await at.nodeOf('other'), 'n1', 'what was held for it is free again')
  await at.backend.delete({ ...pods, name: 'other' }, { gracePeriodSeconds: 0 })
  const tries: number[] = []
  for (let second = 1; second <= 36; second++) {
    const before = refused
    await at.clock.advance(1000)
    await at.settle()
    if (refused > before) tries.push(second)
  }
  assert.deepEqual(tries, [1, 3, 7, 15, 25, 35])
  isOpen = true
  await at.clock.advance(10_000)
  await at.settle()
  assert.equal(await at.nodeOf('cursed'), 'n1')
})

test('many pods at once are each placed within what their nodes have', async () => {
  await using at = await schedulerStage()
  for (const name of ['n1', 'n2', 'n3']) await at.makeNode(aNode(name))
  await Promise.all(Array.from({ length: 30 }, (_, index) => at.create(aPod(`p${index}`, { cpu: '500m' }))))
  await at.settle()
  const { items } = await at.backend.list(pods)
  const placed = Map.groupBy(items as readonly Pod[], ({ spec }) => spec?.nodeName)
  assert.deepEqual([placed.get('n1')?.length, placed.get('n2')?.length, placed.get('n3')?.length, placed.get(undefined)?.length], [8, 8, 8, 6])
})

test('a pod of higher priority pushes out another: it is told, deleted, and the node is kept for the pod', async () => {
  await using at = await schedulerStage()
  await at.makeNode(aNode('n1'))
  await at.create(aPod('low', { cpu: '3' }))
  await at.settle()
  await at.backend.update({ ...pods, name: 'low' }, { ...(await at.get('low')), status: { phase: 'Running' } } as Pod, { subresource: 'status' })
  await at.create(aPod('high', { cpu: '3', spec: { priority: 10 } }))
  await at.settle()
  const low = await at.get('low')
  const { status, reason, message } = low.status?.conditions?.find(({ type }) => type === 'DisruptionTarget') ?? {}
  assert.deepEqual([status, reason, message], ['True', 'PreemptionByScheduler', 'default-scheduler: preempting to accommodate a higher priority pod'])
  assert.ok(low.metadata?.deletionTimestamp)
  const high = await at.get('high')
  assert.equal(high.status?.nominatedNodeName, 'n1')
  assert.deepEqual(await at.messages('Preempted'), [`Preempted by pod ${high.metadata?.uid} on node n1`])
  assert.equal((await at.why('high'))?.message, '0/1 nodes are available: 1 Insufficient cpu.')
  await at.create(aPod('small', { cpu: '2' }))
  await at.settle()
  await at.backend.delete({ ...pods, name: 'low' }, { gracePeriodSeconds: 0 })
  await at.settle()
  assert.deepEqual([await at.nodeOf('high'), await at.nodeOf('small')], ['n1', undefined])
})
