import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MachineFacts, ResourceSample } from '../../actors/node/resource-reader.ts'
import { simulatedMachine } from '../../src/agent/simulated-machine.ts'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { createSimulatedEngine } from '../../src/engine/simulated/simulated-engine.ts'

const disk = { capacityBytes: 1000, availableBytes: 1, usedBytes: 999, inodes: 70, inodesFree: 1, inodesUsed: 69 }
const real: ResourceSample = {
  ...{ at: 5, memoryAvailableBytes: 1, memoryWorkingSetBytes: 1, cpuUsageNs: 1, nodefs: disk, processes: 900, maxProcesses: 1000 },
  network: { receivedBytes: 1, sentBytes: 1 },
}

test('the machine under a simulated node is read once, and is of the time at which it is asked', async () => {
  const clock = new ManualClock(0)
  await using engine = createSimulatedEngine({ clock, log: silentLogger })
  let reads = 0
  const sample = async () => {
    reads += 1
    if (reads === 1) throw new Error('not yet')
    return real
  }
  const machine = simulatedMachine(engine, { machine: () => ({ memoryBytes: 400 }) as MachineFacts, sample }, clock)
  await assert.rejects(machine.sample(), /not yet/)
  for (const hour of [0, 1, 2]) {
    const { at, nodefs, memoryAvailableBytes, processes, maxProcesses } = await machine.sample()
    assert.deepEqual([at, nodefs.capacityBytes, nodefs.availableBytes, nodefs.inodes], [hour * 3600_000, 1000, 1000, 70])
    assert.deepEqual([memoryAvailableBytes, processes, maxProcesses], [400, 0, 1000])
    await clock.advance(3600_000)
  }
  assert.equal(reads, 2)
})
