import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { type ContainerEngine, EngineError, type SandboxConfig } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import { measuredEngine } from '../../src/metrics/measured-engine.ts'
import { RuntimeOperations } from '../../src/metrics/runtime-operations.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { has } from './has-line.ts'

function measured(wrapped?: (engine: FakeEngine) => ContainerEngine) {
  const clock = new ManualClock()
  const engine = new FakeEngine(clock)
  const registry = new Registry()
  return { clock, engine, registry, through: measuredEngine(wrapped?.(engine) ?? engine, new RuntimeOperations(registry), clock) }
}
const sandbox = { pod: { uid: podUid('u'), name: 'p', namespace: 'n' }, attempt: 0, namespaces: { network: 'pod' }, runtimeHandler: 'gvisor' } as SandboxConfig

test('a call is counted and timed under CRI’s name, its answer is the engine’s', async () => {
  const { clock, engine, registry, through } = measured()
  engine.gates.set('runSandbox', async () => clock.advance(700))
  assert.deepEqual((await through.runSandbox(sandbox)).ips, ['10.1.0.1'])
  assert.equal((await through.podState(podUid('u'))).sandboxes.length, 1)
  const text = await registry.metrics()
  has(text, 'kubelet_runtime_operations_total{operation_type="run_podsandbox"} 1')
  has(text, 'kubelet_runtime_operations_total{operation_type="podsandbox_status"} 1')
  has(text, 'kubelet_runtime_operations_duration_seconds_bucket{le="0.48828125",operation_type="run_podsandbox"} 0')
  has(text, 'kubelet_runtime_operations_duration_seconds_bucket{le="1.220703125",operation_type="run_podsandbox"} 1')
  has(text, 'kubelet_run_podsandbox_duration_seconds_sum{runtime_handler="gvisor"} 0.7')
  assert.doesNotMatch(text, /errors_total\{/)
})

test('a failure is counted as an operation and as an error, and is the caller’s to see', async () => {
  const { engine, registry, through } = measured()
  engine.failures.set('runSandbox', () => new EngineError('internal', 'no'))
  await assert.rejects(through.runSandbox(sandbox), { name: 'EngineError', message: 'no' })
  const text = await registry.metrics()
  has(text, 'kubelet_runtime_operations_total{operation_type="run_podsandbox"} 1')
  has(text, 'kubelet_runtime_operations_errors_total{operation_type="run_podsandbox"} 1')
  has(text, 'kubelet_run_podsandbox_errors_total{runtime_handler="gvisor"} 1')
})

test('what an engine cannot do it can do no better when it is measured', async () => {
  assert.equal(measured().through.checkpoint, undefined)
  const written: string[] = []
  const { through } = measured((engine) => Object.assign(engine, { checkpoint: async (_: string, location: string) => String(written.push(location)) }))
  await through.checkpoint?.('c' as never, '/there')
  assert.deepEqual(written, ['/there'])
})
