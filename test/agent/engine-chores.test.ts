import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doEngineChores } from '../../src/agent/engine-chores.ts'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import type { LogRotation } from '../../src/engine/engine.ts'
import type { Node } from '../../src/kube/objects.ts'

const config = {
  podLogsDirectory: '/logs',
  containerLogMaxSizeBytes: 1000,
  containerLogMaxFiles: 4,
  containerLogMonitorIntervalMs: 30_000,
  containerLogMaxWorkers: 3,
}
const turn = () => new Promise(setImmediate)

test('logs are looked at as often as the configuration says, by as many workers; what fails is tried again', async () => {
  const clock = new ManualClock()
  const aborter = new AbortController()
  const asked: LogRotation[] = []
  const engine = {
    async rotateLogs(directory: string, rotation: LogRotation) {
      assert.equal(directory, '/logs')
      asked.push(rotation)
      throw new Error('the runtime is away')
    },
  }
  const chores = doEngineChores({ config, engine, nodeView: { node: undefined }, clock, log: silentLogger, signal: aborter.signal })
  await turn()
  assert.deepEqual(asked, [{ maxBytes: 1000, maxFiles: 4, workers: 3 }])
  await clock.advance(29_999)
  assert.equal(asked.length, 1)
  await clock.advance(1)
  assert.equal(asked.length, 2)
  aborter.abort()
  await chores
})

test('the engine is told the addresses of pods once they are known, and again only when they are others or it did not hear', async () => {
  const clock = new ManualClock()
  const aborter = new AbortController()
  const told: string[] = []
  let deaf = true
  const engine = {
    async usePodCidr(cidr: string) {
      told.push(cidr)
      if (deaf) throw new Error('no')
    },
  }
  const nodeView: { node: Node | undefined } = { node: undefined }
  const chores = doEngineChores({ config, engine, nodeView, clock, log: silentLogger, signal: aborter.signal })
  await turn()
  assert.deepEqual(told, [])
  nodeView.node = { spec: { podCIDRs: ['10.1.0.0/24', 'fd00::/64'] } } as Node
  for (const _ of [1, 2]) {
    await clock.advance(10_000)
  }
  assert.deepEqual(told, ['10.1.0.0/24,fd00::/64', '10.1.0.0/24,fd00::/64'])
  deaf = false
  for (const _ of [1, 2, 3]) {
    await clock.advance(10_000)
  }
  assert.equal(told.length, 3)
  aborter.abort()
  await chores
})
