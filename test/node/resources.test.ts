import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createActorSystem } from '../../actors/kernel/actor-system.ts'
import { nodeAddresses, type ObservedContainer, type ResourcesMessage } from '../../actors/node/messages.ts'
import type { ResourceReader } from '../../actors/node/resource-reader.ts'
import { Resources, ResourceTable } from '../../actors/node/resources.ts'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import type { ContainerId } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import { detectCgroupLayout } from '../../src/stats/cgroup/layout.ts'
import { waitUntil } from '../support/wait-until.ts'

const reader = { machine: () => ({}), sample: async () => ({ memoryAvailableBytes: 7 }) } as unknown as ResourceReader
const pod = { uid: podUid('u'), name: 'p', namespace: 'n' }

test('the node and what a pod runs are sampled each period, and forgotten when they end', async () => {
  const clock = new ManualClock()
  const table = new ResourceTable()
  await using system = await createActorSystem({ threads: 0, clock, log: silentLogger })
  let told = 0
  system.spawnLocal(nodeAddresses.eviction, () => ({
    receive: () => {
      told += 1
    },
  }))
  system.spawnLocal(nodeAddresses.resources, (context) => new Resources(context, { reader, table, layout: detectCgroupLayout(), random: () => 0.5 }))
  const tell = (containers: ObservedContainer[], sandboxPid: number) => {
    const message: ResourcesMessage = { type: 'ContainersObserved', pod, containers, sandboxPid, volumes: [] }
    system.send(nodeAddresses.resources, message)
  }
  // This process stands in for a container's.
  tell([{ id: 'c1' as ContainerId, name: 'c', attempt: 0, image: 'i', startedAt: 5, pid: process.pid }], process.pid)
  await clock.advance(10_000)
  await clock.advance(10_000)
  assert.equal(table.node?.memoryAvailableBytes, 7)
  assert.ok(told >= 2, 'whoever evicts is told of every reading')
  const use = table.pods.get(pod.uid)
  assert.equal(use?.containers[0]?.name, 'c')
  assert.ok((use?.containers[0]?.sample.cpu.usageNanos ?? 0) > 0)
  assert.ok((use?.containers[0]?.sample.memory.usageBytes ?? 0) > 0)
  assert.ok(Array.isArray(use?.network))
  tell([], 0)
  await clock.advance(10_000)
  assert.equal(table.pods.size, 0)
})

test('what is new is read a second later, alone; the node and all that is known already wait for their period', async () => {
  const clock = new ManualClock()
  const table = new ResourceTable()
  let nodeReadings = 0
  const counting = {
    machine: () => ({}),
    sample: async () => {
      nodeReadings += 1
      return { memoryAvailableBytes: 7 }
    },
  } as unknown as ResourceReader
  await using system = await createActorSystem({ threads: 0, clock, log: silentLogger })
  let told = 0
  system.spawnLocal(nodeAddresses.eviction, () => ({
    receive: () => {
      told += 1
    },
  }))
  system.spawnLocal(nodeAddresses.resources, (context) => new Resources(context, { reader: counting, table, layout: detectCgroupLayout(), random: () => 0.5 }))
  const begin = (uid: string) => {
    const containers = [{ id: `c-${uid}` as ContainerId, name: 'c', attempt: 0, image: 'i', startedAt: 5, pid: process.pid }]
    const message: ResourcesMessage = { type: 'ContainersObserved', pod: { ...pod, uid: podUid(uid) }, containers, sandboxPid: 0, volumes: [] }
    system.send(nodeAddresses.resources, message)
  }
  await clock.advance(10)
  await waitUntil('the first reading', () => told === 1)
  const before = [nodeReadings, told]
  begin('one')
  await clock.advance(500)
  begin('two')
  await clock.advance(600)
  const first = table.pods.get(podUid('one'))
  assert.ok((first?.containers[0]?.sample.memory.usageBytes ?? 0) > 0)
  assert.equal(table.pods.get(podUid('two'))?.containers[0]?.name, 'c')
  begin('three')
  await clock.advance(1000)
  assert.equal(table.pods.get(podUid('three'))?.containers[0]?.name, 'c')
  assert.equal(table.pods.get(podUid('one')), first, 'it was read again')
  assert.deepEqual([nodeReadings, told], before)
  await clock.advance(10_000)
  assert.notEqual(table.pods.get(podUid('one')), first)
  assert.ok(nodeReadings > (before[0] ?? 0))
})
