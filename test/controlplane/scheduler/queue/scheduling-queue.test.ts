import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defaultPlugins } from '../../../../src/controlplane/scheduler/framework/profile.ts'
import { Heap } from '../../../../src/controlplane/scheduler/queue/heap.ts'
import { SchedulingQueue } from '../../../../src/controlplane/scheduler/queue/scheduling-queue.ts'
import { PodInfo } from '../../../../src/controlplane/scheduler/snapshot/pod-info.ts'
import { aPod } from '../stage.ts'

const unfit = new Set(['NodeResourcesFit'])
const podGone = { kind: 'pod', change: 'gone', pod: new PodInfo(aPod('gone', { node: 'n' })) } as const
const asking = (name: string, cpu: string, priority = 0) => new PodInfo(aPod(name, { cpu, spec: { priority } }))

/** Takes all that is to be tried, of which `room` find a node. */
function tryAll(queue: SchedulingQueue, room = 0, now = 0): string[] {
  const tried: string[] = []
  for (let pod = queue.next(now); pod; pod = queue.next(now)) {
    tried.push(pod.info.pod.metadata?.name ?? '')
    if (room-- > 0) {
      queue.placed(pod, now)
      queue.remove(pod.key, now)
    } else queue.park(pod, unfit, now)
  }
  return tried
}

test('of ten thousand pods that fit nowhere one is tried again after a change, and the next when it found a node', () => {
  const queue = new SchedulingQueue(defaultPlugins)
  for (let index = 0; index < 10_000; index++) queue.put(asking(`p${index}`, '1'), 0)
  assert.equal(tryAll(queue).length, 10_000)
  assert.equal(queue.hasNext(0), false)
  queue.after(podGone, 0)
  assert.deepEqual(tryAll(queue), ['p0'])
  queue.after(podGone, 0)
  assert.equal(tryAll(queue, 2).length, 3)
})

test('a change that cannot help wakes nobody', () => {
  const queue = new SchedulingQueue(defaultPlugins)
  queue.put(asking('a', '1'), 0)
  tryAll(queue)
  queue.after({ ...podGone, change: 'added' }, 0)
  queue.after({ kind: 'object', resource: 'namespaces' }, 0)
  assert.equal(queue.hasNext(60_000), false)
})

test('a change of a parked pod that asks for the same wakes nobody; one that asks for less is tried', () => {
  const queue = new SchedulingQueue(defaultPlugins)
  queue.put(asking('a', '2'), 0)
  tryAll(queue)
  queue.put(new PodInfo(aPod('a', { cpu: '2', status: { phase: 'Pending' } })), 0)
  assert.equal(queue.hasNext(0), false)
  queue.put(asking('a', '1'), 0)
  assert.deepEqual(tryAll(queue), ['a'])
})

test('who is tried for others and goes away leaves them the try', () => {
  const queue = new SchedulingQueue(defaultPlugins)
  for (const name of ['a', 'b']) queue.put(asking(name, '1'), 0)
  tryAll(queue)
  queue.after(podGone, 0)
  queue.remove('default/a', 0)
  assert.deepEqual(tryAll(queue), ['b'])
  const changed = new SchedulingQueue(defaultPlugins)
  for (const name of ['a', 'b']) changed.put(asking(name, '1'), 0)
  tryAll(changed)
  changed.after(podGone, 0)
  changed.put(asking('a', '2'), 0)
  assert.deepEqual(tryAll(changed).sort(), ['a', 'b'])
})

test('while others are to be tried, who failed waits for his backoff: 1 s, doubled to 10 s', () => {
  const queue = new SchedulingQueue(defaultPlugins)
  queue.put(asking('a', '1'), 0)
  const waits: number[] = []
  for (let now = 0, round = 0; round < 6; round++) {
    const pod = queue.next(now)
    assert.ok(pod)
    queue.park(pod, unfit, now)
    queue.after(podGone, now)
    for (const began = now; ; now += 500) {
      queue.put(asking('busy', '1', -1), now)
      const next = queue.next(now)
      queue.remove('default/busy', now)
      if (next?.key === 'default/a') {
        waits.push(now - began)
        queue.park(next, unfit, now)
        next.unschedulable--
        // Long after, so that it is tried at once.
        queue.after(podGone, now + 1_000_000)
        break
      }
    }
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 10_000, 10_000])
})

test('the heap gives all back in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a < b)
      for (const number of numbers) heap.push(number)
      assert.deepEqual(
        numbers.map(() => heap.pop()),
        [...numbers].sort((a, b) => a - b),
      )
      assert.equal(heap.pop(), undefined)
    }),
  )
})
