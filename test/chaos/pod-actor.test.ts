import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PodMessage } from '../../actors/pod/messages.ts'
import { EngineError } from '../../src/engine/engine.ts'
import { labPod, PodLab } from '../support/pod-lab.ts'

const deletion = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 2 }

test('ten thousand messages are a handful of looks, and the pod is what it was', async () => {
  await using lab = await PodLab.open()
  const props = labPod()
  lab.start(props)
  await lab.until('ready', () => lab.ready)
  const before = lab.engine.calls.length
  for (let count = 0; count < 10_000; count++) {
    lab.send({ type: 'PodChanged', pod: { ...props.pod, metadata: { ...props.pod.metadata, resourceVersion: String(count) } } })
    lab.send({ type: 'Resync' })
  }
  await lab.pass()
  assert.ok(lab.engine.calls.length - before <= 3, `${lab.engine.calls.length - before} calls`)
  assert.deepEqual([lab.ready, lab.engine.running(), lab.failures], [true, ['app-0'], []])
})

type Disturbance =
  | { kind: 'exit'; code: number }
  | { kind: 'engine-error'; method: string }
  | { kind: 'restart' }
  | { kind: 'message'; type: 'Resync' | 'Wake' }
  | { kind: 'wait'; ms: number }

const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  fc.record({ kind: fc.constant('exit' as const), code: fc.integer({ min: 0, max: 255 }) }),
  fc.record({
    kind: fc.constant('engine-error' as const),
    method: fc.constantFrom('podState', 'runSandbox', 'createContainer', 'startContainer', 'stopContainer', 'removeContainer', 'imageState', 'stopSandbox'),
  }),
  fc.record({ kind: fc.constant('restart' as const) }),
  fc.record({ kind: fc.constant('message' as const), type: fc.constantFrom('Resync' as const, 'Wake' as const) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
)

test('whatever disturbs it, a pod never runs a container twice, and once left alone it recovers and can be deleted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(disturbance, { maxLength: 12 }), fc.boolean(), async (disturbances, removeAtOnce) => {
      await using lab = await PodLab.open()
      const props = labPod()
      lab.start(props)
      for (const each of disturbances) {
        if (each.kind === 'exit' && lab.engine.running().length > 0) lab.engine.exit('app', each.code)
        if (each.kind === 'restart') await lab.restart(props.pod)
        if (each.kind === 'message') lab.send({ type: each.type } as PodMessage)
        if (each.kind === 'engine-error') {
          let left = 2
          lab.engine.failures.set(each.method, () => (left-- > 0 ? new EngineError('internal', 'chaos') : undefined))
        }
        await lab.pass(each.kind === 'wait' ? each.ms : 0)
        assert.ok(lab.engine.running().length <= 1, 'never two incarnations at once')
        assert.ok([...lab.engine.sandboxes.values()].filter((sandbox) => sandbox.ready).length <= 1, 'never two sandboxes')
      }
      lab.engine.failures.clear()
      if (!removeAtOnce) {
        await lab.until('a recovery', () => lab.ready, 700_000, 20_000)
        lab.send({ type: 'PodChanged', pod: { ...props.pod, metadata: { ...props.pod.metadata, ...deletion } } })
        await lab.until('the clean-up', () => lab.reports.at(-1)?.cleanedUp === true, 60_000, 5_000)
      }
      lab.send({ type: 'PodRemoved', graceSeconds: 1 })
      await lab.until('the end', () => lab.finished, 60_000, 5_000)
      assert.equal(lab.engine.containers.size + lab.engine.sandboxes.size, 0)
      assert.deepEqual(lab.failures, [])
    }),
    { numRuns: 25 },
  )
})
