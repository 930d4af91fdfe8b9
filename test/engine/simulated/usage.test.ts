import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { silentLogger } from '../../../src/base/log.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import type { ContainerId } from '../../../src/engine/engine.ts'
import type { LinuxResources } from '../../../src/engine/settings.ts'
import { createSimulatedEngine, type SimulatedEngine } from '../../../src/engine/simulated/simulated-engine.ts'
import { podUid } from '../../../src/kube/ids.ts'
import { EnginePod } from '../../contract/engine-fixture.ts'

const image = 'app:1'
const mebi = 2 ** 20
let clock: ManualClock
let engine: SimulatedEngine
beforeEach(async () => {
  clock = new ManualClock()
  engine = createSimulatedEngine({ clock, log: silentLogger, profile: { seed: 3, pods: [{ match: { name: 'contract' }, settings: { processes: '2' } }] } })
  await engine.pullImage(image)
})

/** A container that is set like this. */
async function run(pod: EnginePod, settings: Readonly<Record<string, string>>, resources: LinuxResources = {}, attempt = 0): Promise<ContainerId> {
  const annotations = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`simulated.podsteward.io/${name}`, value]))
  const sandbox = await pod.runSandbox({ annotations })
  const id = await engine.createContainer(sandbox.id, pod.containerConfig({ resources, attempt, command: [] }))
  await engine.startContainer(id)
  return id
}
const usage = (id: ContainerId) => engine.container(id).usage

test('a container uses what its annotations and its profile say, from its start on', async () => {
  await using pod = await EnginePod.make(engine, image)
  const id = await run(pod, { cpu: 'ramp(0,1,100s)', memory: '64Mi', 'memory.main': 'ramp(0,100Mi,100s)', disk: '1Mi' })
  assert.deepEqual(usage(id), { cpuNanos: 0, memoryBytes: 0, diskBytes: mebi, processes: 2 })
  await clock.advance(50_000)
  assert.deepEqual(usage(id), { cpuNanos: 12.5e9, memoryBytes: 50 * mebi, diskBytes: mebi, processes: 2 })
  await clock.advance(100_000)
  assert.deepEqual(usage(id), { cpuNanos: 100e9, memoryBytes: 100 * mebi, diskBytes: mebi, processes: 2 })
  assert.equal(clock.pending, 0)
})

test('a restart begins anew, while the node’s counter goes on', async () => {
  await using pod = await EnginePod.make(engine, image)
  const first = await run(pod, { cpu: '500m' })
  await clock.advance(10_000)
  engine.container(first).exit(1)
  assert.equal(usage(first), undefined)
  assert.equal(engine.usage().cpuNanos, 5e9)
  const second = await run(pod, {}, {}, 1)
  assert.equal(usage(second)?.cpuNanos, 0)
  await clock.advance(2000)
  assert.deepEqual([usage(second)?.cpuNanos, engine.usage().cpuNanos], [1e9, 6e9])
})

test('no container uses more CPU than its limit, and a resize is seen at once', async () => {
  await using pod = await EnginePod.make(engine, image)
  const id = await run(pod, { cpu: '2' }, { cpuQuota: 50_000, cpuPeriod: 100_000 })
  await clock.advance(10_000)
  assert.equal(usage(id)?.cpuNanos, 5e9)
  await engine.updateResources(id, { cpuQuota: 150_000, cpuPeriod: 100_000 })
  await clock.advance(10_000)
  assert.equal(usage(id)?.cpuNanos, 20e9)
})

test('a container that comes to take more memory than its limit is killed for it; one that cannot is not looked at', async () => {
  await using pod = await EnginePod.make(engine, image)
  const limits = { memoryLimitBytes: 100 * mebi }
  const leaking = await run(pod, { memory: 'ramp(0,200Mi,200s)' }, limits)
  await clock.advance(100_000)
  assert.equal(engine.container(leaking).running, true)
  await clock.advance(1000)
  const { oomKilled, exitCode, finishedAt = 0, startedAt = 0 } = engine.container(leaking).state()
  assert.deepEqual([oomKilled, exitCode, finishedAt - startedAt], [true, 137, 101_000])
  assert.equal(clock.pending, 0)

  engine.container(await run(pod, {}, limits, 1)).use({ memory: '50Mi + noise(10Mi)' })
  assert.equal(clock.pending, 0)
  await engine.updateResources(engine.containerOf({ namespace: 'engine-tests', name: 'contract' }, 'main').id, { memoryLimitBytes: 40 * mebi })
  await clock.advance(60_000)
  assert.equal(engine.containerOf({ namespace: 'engine-tests', name: 'contract' }, 'main').state().oomKilled, true)
})

test('what a test says of a container begins when it says so, and the rest stays', async () => {
  await using pod = await EnginePod.make(engine, image)
  const id = await run(pod, { cpu: '1', memory: '10Mi' })
  await clock.advance(10_000)
  engine.container(id).use({ cpu: 'ramp(0,4,2s)', disk: 5 })
  await clock.advance(2000)
  assert.deepEqual(usage(id), { cpuNanos: 14e9, memoryBytes: 10 * mebi, diskBytes: 5, processes: 2 })
  assert.throws(() => engine.container(id).use({ cpu: 'lots' }), /^RangeError: an amount in cores/)
})

test('traffic counts from the sandbox’s start, over restarts of containers, and the node keeps it', async () => {
  const pod = await EnginePod.make(engine, image)
  const id = await run(pod, { 'network-receive': '1Ki', 'network-send': 'step(0,2Ki,10s)' })
  await clock.advance(20_000)
  engine.container(id).exit(1)
  assert.deepEqual(engine.trafficOf(pod.identity.uid), { receivedBytes: 20 * 1024, sentBytes: 20 * 1024 })
  engine.behave(pod.identity, { 'network-receive': 0, 'network-send': '1' })
  await clock.advance(1000)
  assert.deepEqual(engine.trafficOf(pod.identity.uid), { receivedBytes: 20 * 1024, sentBytes: 20 * 1024 + 1 })
  await pod[Symbol.asyncDispose]()
  assert.equal(engine.trafficOf(pod.identity.uid), undefined)
  assert.deepEqual(engine.traffic(), { receivedBytes: 20 * 1024, sentBytes: 20 * 1024 + 1 })
})

test('a pod of which nothing is said takes a little while it runs, and keeps to what is said of it later', async () => {
  const quiet = createSimulatedEngine({ clock, log: silentLogger })
  await quiet.pullImage(image)
  await using pod = await EnginePod.make(quiet, image)
  const id = await pod.run({ command: [] })
  await clock.advance(10_000)
  const { cpuNanos = 0, memoryBytes = 0 } = quiet.container(id).usage ?? {}
  assert.ok(cpuNanos >= 1e7 && cpuNanos <= 5e7, String(cpuNanos))
  assert.ok(memoryBytes >= 4 * 2 ** 20 && memoryBytes <= 32 * 2 ** 20, String(memoryBytes))
  quiet.container(id).use({ cpu: '1' })
  await clock.advance(1000)
  assert.equal(quiet.container(id).usage?.cpuNanos, cpuNanos + 1e9)
  quiet.container(id).exit(0)
  assert.equal(quiet.container(id).usage, undefined)
  assert.equal(quiet.usage().cpuNanos, cpuNanos + 1e9)
  assert.equal(quiet.trafficOf(podUid(pod.identity.uid)), undefined)
})
