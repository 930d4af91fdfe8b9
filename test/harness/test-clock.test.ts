import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { test } from 'node:test'
import { TestClock, type UnderWay } from '../../src/harness/test-clock.ts'
import { underWay } from '../../src/harness/under-way.ts'

/** A clock of which each look at what is under way is counted. */
function counted(look: () => UnderWay): { readonly clock: TestClock; looks: number } {
  const made = {
    looks: 0,
    clock: new TestClock(() => {
      made.looks += 1
      return look()
    }),
  }
  return made
}

test('a timer after which nothing is left to do costs one turn of the event loop', async () => {
  const made = counted(() => 'nothing')
  let fired = 0
  for (let second = 1; second <= 1000; second += 1) made.clock.setTimer(second * 1000, () => (fired += 1))
  await made.clock.advance('24h')
  assert.deepEqual([fired, made.looks], [1000, 12 + 1000])
})

test('time waits for work, and for a few turns where somebody asked for another one', async () => {
  const left: UnderWay[] = ['work', 'work', 'turns', 'work', ...Array<UnderWay>(12).fill('turns')]
  const made = counted(() => left.shift() ?? 'work')
  await made.clock.settle()
  assert.deepEqual([made.looks, left.length], [16, 0])
})

test('what a chain of promises and turns of the event loop brings about has come before time moves on', async () => {
  const clock = new TestClock(() => underWay([]))
  const seen: number[] = []
  clock.setTimer(1000, async () => {
    for (let hop = 0; hop < 20; hop += 1) await new Promise((resolve) => (hop % 2 ? setImmediate(resolve) : process.nextTick(resolve)))
    seen.push(clock.monotonic())
  })
  clock.setTimer(1001, () => seen.push(clock.monotonic()))
  await clock.advance('2s')
  assert.deepEqual(seen, [1000, 1001])
})

test('what is under way: the work of a node, a file that is read, a turn, nothing', async () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  // Those of the test's runner.
  do await turn()
  while (process.getActiveResourcesInfo().includes('Immediate'))
  assert.equal(underWay([{ busy: false }]), 'nothing')
  assert.equal(underWay([{ busy: false }, { busy: true }]), 'work')
  const asked = turn()
  assert.equal(underWay([]), 'turns')
  await asked
  const read = stat(import.meta.filename)
  assert.equal(underWay([]), 'work')
  await read
})
