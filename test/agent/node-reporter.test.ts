import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodePressure } from '../../actors/node/eviction/node-pressure.ts'
import { NodeView } from '../../actors/node/node-view.ts'
import type { ResourceReader } from '../../actors/node/resource-reader.ts'
import { NodeReporter } from '../../src/agent/node-reporter.ts'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { FakeEngine } from '../support/fake-engine.ts'

const machine = {
  cpus: 2,
  memoryBytes: 2 ** 30,
  hugepageBytes: {},
  machineId: 'm',
  systemUuid: 's',
  bootId: 'b',
  kernelVersion: 'k',
  osImage: 'o',
  architecture: 'amd64',
}

test('a status waits no more than a second for an engine that hangs, and then not at all; what it says late is in the next', async () => {
  const clock = new ManualClock()
  const engine = new FakeEngine(clock)
  const reader: ResourceReader = {
    machine: () => machine,
    async sample() {
      throw new Error('not here')
    },
  }
  const pressure = new NodePressure({ thresholds: [], holdMs: 0, changed: () => {} })
  const reporter = new NodeReporter({
    ...{
      config: resolveAgentConfig({ kubeconfig: import.meta.filename }),
      engine,
      reader,
      nodeView: new NodeView([]),
      port: 10250,
      pressure,
      observe: () => new Map(),
    },
    ...{ volumesInUse: new Set<string>(), clock, log: silentLogger },
  })
  const engineOf = async () => (await reporter.status([])).nodeInfo?.containerRuntimeVersion
  const { promise: answer, resolve: answers } = Promise.withResolvers<void>()
  const { info } = engine
  engine.info = async () => {
    await answer
    return info.call(engine)
  }
  let said: string | undefined
  const first = engineOf().then((version) => {
    said = version
  })
  await clock.advance(900)
  assert.equal(said, undefined)
  await clock.advance(100)
  await first
  assert.equal(said, '')
  assert.equal(await engineOf(), '', 'at once, with no time that goes by')
  answers()
  await clock.advance(0)
  assert.equal(await engineOf(), 'fake://1')
})
