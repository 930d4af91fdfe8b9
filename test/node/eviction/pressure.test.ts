import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NodePressure } from '../../../actors/node/eviction/node-pressure.ts'
import { lookAtPressure, mostUrgent, noPressure, type PressureState } from '../../../actors/node/eviction/pressure.ts'
import { type Observations, observe } from '../../../actors/node/eviction/signals.ts'
import type { ResourceSample } from '../../../actors/node/resource-reader.ts'
import type { EvictionSignal, EvictionThreshold } from '../../../src/config/eviction.ts'

const second = 1000
const threshold = (signal: EvictionSignal, quantity: number, more: Partial<EvictionThreshold> = {}): EvictionThreshold => ({
  ...{ signal, amount: { quantity, text: String(quantity) }, graceMs: 0 },
  ...more,
})
const left = (available: number, signal: EvictionSignal = 'memory.available'): Observations => new Map([[signal, { available, capacity: 1000 }]])
/** Looks one after the other: at a time, with so much left. */
function looks(thresholds: readonly EvictionThreshold[], ...steps: readonly (readonly [number, number])[]) {
  let state: PressureState = noPressure
  return steps.map(([now, available]) => {
    const look = lookAtPressure(state, thresholds, left(available), now)
    state = look.state
    return look.due.length
  })
}

test('a hard threshold is due as soon as less is available, and at exactly as much it is not', () => {
  assert.deepEqual(looks([threshold('memory.available', 100)], [0, 100], [1, 99], [2, 100]), [0, 1, 0])
})

test('a soft threshold is due when it was met all through its grace, and begins anew when it was not', () => {
  const soft = threshold('memory.available', 100, { graceMs: 30 * second })
  assert.deepEqual(looks([soft], [0, 50], [20 * second, 50], [30 * second, 50]), [0, 0, 1])
  assert.deepEqual(looks([soft], [0, 50], [20 * second, 150], [30 * second, 50], [59 * second, 50], [60 * second, 50]), [0, 0, 0, 0, 1])
})

test('a threshold that was due stays due until its minimum reclaim is there too', () => {
  const reclaiming = threshold('memory.available', 100, { minReclaim: { quantity: 50, text: '50' } })
  assert.deepEqual(looks([reclaiming], [0, 120], [1, 90], [2, 120], [3, 149], [4, 150], [5, 120]), [0, 1, 1, 1, 0, 0])
})

test('a share is of the capacity', () => {
  const share = threshold('memory.available', 0, { amount: { share: 0.1 } })
  assert.deepEqual(looks([share], [0, 100], [1, 99]), [0, 1])
})

test('memory goes before all else', () => {
  const [disk, memory, soft] = [threshold('nodefs.available', 1), threshold('allocatableMemory.available', 1), threshold('pid.available', 1)]
  assert.equal(mostUrgent([disk, memory]), memory)
  assert.equal(mostUrgent([soft, disk]), soft)
  assert.equal(mostUrgent([]), undefined)
})

test('a condition is told of as soon as a threshold is met, also within its grace, and holds for a while afterwards', () => {
  let changes = 0
  const changed = () => {
    changes += 1
  }
  const pressure = new NodePressure({ thresholds: [threshold('memory.available', 100, { graceMs: 60 * second })], holdMs: 300 * second, changed })
  assert.equal(pressure.observe(left(50), 0).length, 0)
  assert.deepEqual([pressure.holds('MemoryPressure', 0), pressure.holds('DiskPressure', 0), changes], [true, false, 1])
  pressure.observe(left(500), 10 * second)
  assert.deepEqual([pressure.holds('MemoryPressure', 299 * second), changes], [true, 1])
  pressure.observe(left(500), 300 * second)
  assert.deepEqual([pressure.holds('MemoryPressure', 300 * second), changes], [false, 2])
})

test('whatever happens, hard thresholds are due exactly while they are met, or short of their minimum reclaim since they last were', () => {
  const steps = fc.array(fc.record({ wait: fc.integer({ min: 1, max: 100_000 }), available: fc.nat(1000) }), { maxLength: 30 })
  const property = fc.property(steps, fc.nat(1000), fc.nat(300), fc.nat(60_000), (happened, wanted, more, graceMs) => {
    const hard = threshold('memory.available', wanted, { minReclaim: { quantity: more, text: String(more) } })
    const soft = threshold('memory.available', wanted, { graceMs: graceMs + 1 })
    let state: PressureState = noPressure
    let now = 0
    let short = false
    let metFor: number | undefined
    for (const { wait, available } of happened) {
      now += wait
      short = available < wanted || (short && available < wanted + more)
      metFor = available < wanted ? (metFor ?? now) : undefined
      const look = lookAtPressure(state, [hard, soft], left(available), now)
      state = look.state
      assert.equal(look.due.includes(hard), short)
      assert.equal(look.due.includes(soft), metFor !== undefined && now - metFor > graceMs)
      assert.equal(state.lastUnder.get('MemoryPressure') === now, short || available < wanted)
    }
  })
  fc.assert(property)
})

test('signals are read from a sample; a file system that counts no inodes has no such signal, images on the node’s own have its', () => {
  const filesystem = { capacityBytes: 100, availableBytes: 40, usedBytes: 60, inodes: 0, inodesFree: 0, inodesUsed: 0 }
  const sample = { memoryAvailableBytes: 7, nodefs: filesystem, processes: 30, maxProcesses: 100 } as unknown as ResourceSample
  assert.deepEqual(Object.fromEntries(observe(sample, 10, { allocatableBytes: 8, workingSetBytes: 3 })), {
    'memory.available': { available: 7, capacity: 10 },
    'allocatableMemory.available': { available: 5, capacity: 8 },
    'nodefs.available': { available: 40, capacity: 100 },
    'imagefs.available': { available: 40, capacity: 100 },
    'pid.available': { available: 70, capacity: 100 },
  })
})
