import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { watchEngine } from '../../actors/node/engine-source.ts'
import { nodeAddresses } from '../../actors/node/messages.ts'
import { NodeView } from '../../actors/node/node-view.ts'
import { RuntimeHealth } from '../../actors/node/runtime-health.ts'
import { silentLogger } from '../../src/base/log.ts'
import { EngineError } from '../../src/engine/engine.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { nodeStage } from '../support/node-stage.ts'

/** An engine that is watched, on a clock that is set by hand. */
async function watched(t: TestContext) {
  const { system, clock, after } = await nodeStage(t, [nodeAddresses.director])
  const engine = new FakeEngine(clock)
  const nodeView = new NodeView([])
  const health = new RuntimeHealth({ clock, nodeView })
  const stopping = new AbortController()
  const watching = watchEngine({ engine, system, health, clock, log: silentLogger, signal: stopping.signal })
  t.after(async () => {
    for (const method of ['status', 'listPods']) release(method)
    stopping.abort()
    health[Symbol.dispose]()
    await watching
  })
  const hung = new Map<string, () => void>()
  const hang = (method: string) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    engine.gates.set(method, () => promise)
    hung.set(method, resolve)
  }
  const release = (method: string) => {
    engine.gates.delete(method)
    hung.get(method)?.()
  }
  return { engine, nodeView, health, after, hang, release }
}

test('a runtime that hangs makes the node not ready within 30 s, and ready as soon as it answers', async (t) => {
  const { nodeView, health, after, hang, release } = await watched(t)
  await after(60_000)
  assert.deepEqual([nodeView.problems, health.healthy], [[], true])
  for (const method of ['status', 'listPods']) hang(method)
  await after(15_000)
  assert.equal(health.healthy, true, 'a short silence is none')
  await after(15_000)
  assert.deepEqual([nodeView.problems, health.healthy], [['container runtime is down'], false])
  for (const method of ['status', 'listPods']) release(method)
  await after(1)
  assert.deepEqual([nodeView.problems, health.healthy], [[], true])
})

test('a runtime that refuses each call is down after the same time; a restart of some seconds is not told', async (t) => {
  const { engine, nodeView, after } = await watched(t)
  await after(10_000)
  const gone = () => new EngineError('unreachable', 'connection refused')
  for (const method of ['status', 'listPods']) engine.failures.set(method, gone)
  await after(15_000)
  assert.deepEqual(nodeView.problems, [])
  engine.failures.clear()
  await after(20_000)
  assert.deepEqual(nodeView.problems, [])
  for (const method of ['status', 'listPods']) engine.failures.set(method, gone)
  await after(30_000)
  assert.deepEqual(nodeView.problems, ['container runtime is down'])
})

test('a runtime that tells its state but lists no pods is told as the kubelet does, with how long ago it did', async (t) => {
  const { nodeView, health, after, hang, release } = await watched(t)
  await after(31_000)
  hang('listPods')
  await after(175_000)
  assert.equal(health.healthy, true)
  await after(10_000)
  assert.deepEqual(nodeView.problems, ['PLEG is not healthy: pleg was last seen active 3m6s ago; threshold is 3m0s'])
  await after(60_000)
  assert.deepEqual(nodeView.problems, ['PLEG is not healthy: pleg was last seen active 4m6s ago; threshold is 3m0s'])
  assert.equal(health.healthy, false)
  release('listPods')
  await after(1)
  assert.deepEqual([nodeView.problems, health.healthy], [[], true])
})

test('what a runtime says is wrong with it makes the node not ready at once', async (t) => {
  const { engine, nodeView, after } = await watched(t)
  const words = 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized'
  engine.status = async () => [
    { part: 'runtime', message: 'container runtime not ready: RuntimeReady=false reason:R message:M' },
    { part: 'network', message: words },
  ]
  await after(5_000)
  assert.deepEqual(nodeView.problems, [`container runtime not ready: RuntimeReady=false reason:R message:M, ${words}`])
  assert.equal(nodeView.networkProblem, words, 'pods that need a network are told of theirs alone')
  engine.status = async () => []
  await after(5_000)
  assert.deepEqual([nodeView.problems, nodeView.networkProblem], [[], undefined])
})
