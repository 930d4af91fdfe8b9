import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaitingPods } from '../../../src/controlplane/scheduler/waiting-pods.ts'
import type { Pod } from '../../../src/kube/objects.ts'

const asking = (cpu: string) => ({ spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] } }) as Pod

/** Tries what is pending with room for `room` pods; answers who was tried. */
async function tryAll(waiting: WaitingPods, room = 0): Promise<string[]> {
  const tried: string[] = []
  await waiting.each(async (key, pod) => {
    tried.push(key)
    const fits = room-- > 0
    if (fits) waiting.remove(key)
    else waiting.park(key, pod)
    return fits
  })
  return tried
}

test('of ten thousand pods that fit nowhere one is tried again after a change', async () => {
  const waiting = new WaitingPods()
  for (let index = 0; index < 10_000; index++) waiting.put(`p${index}`, asking('1'))
  assert.equal((await tryAll(waiting)).length, 10_000)
  assert.equal(waiting.pending, false)
  waiting.reconsider()
  assert.deepEqual(await tryAll(waiting), ['p0'])
  waiting.reconsider()
  assert.deepEqual(await tryAll(waiting, 2), ['p0', 'p1', 'p2'])
})

test('a change of a parked pod that asks for the same wakes nobody; one that asks for less is tried', async () => {
  const waiting = new WaitingPods()
  waiting.put('a', asking('2'))
  await tryAll(waiting)
  waiting.put('a', { ...asking('2'), status: { phase: 'Pending' } } as Pod)
  assert.equal(waiting.pending, false)
  waiting.put('a', asking('1'))
  assert.deepEqual(await tryAll(waiting), ['a'])
})

test('who is removed is not tried, and nothing parked means nothing to reconsider', async () => {
  const waiting = new WaitingPods()
  waiting.put('a', asking('1'))
  await tryAll(waiting)
  waiting.remove('a')
  waiting.reconsider()
  assert.equal(waiting.pending, false)
})
