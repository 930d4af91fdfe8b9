import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { silentLogger } from '../../../src/base/log.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import type { DockerConnection } from '../../../src/engine/docker/connection.ts'
import { execInContainer } from '../../../src/engine/docker/exec.ts'
import type { ContainerId } from '../../../src/engine/engine.ts'

/** An engine that is asked in line, and a command whose output is the test's to end. */
function stage() {
  const clock = new ManualClock()
  const line = Promise.withResolvers<void>()
  const output = new PassThrough()
  const begun = Promise.withResolvers<void>()
  const exec = {
    id: 'e',
    async start() {
      begun.resolve()
      return output
    },
    inspect: async () => ({ Running: false, ExitCode: 0 }),
  }
  const docker = { getContainer: () => ({ exec: async () => exec }), getExec: () => exec }
  const parts: Partial<DockerConnection> = {
    ...{ clock, log: silentLogger, endpoint: 'unix:///nowhere', closed: new AbortController().signal },
    async read(_what, call) {
      await line.promise
      return call()
    },
    open: (_what, call) => call(),
  }
  const connection = { ...parts, docker } as unknown as DockerConnection
  const running = execInContainer(connection, 'c' as ContainerId, ['check'], { timeoutMs: 1_000 })
  return { clock, line, output, begun: begun.promise, running }
}

test('a command’s time does not pass while it waits for the engine', async () => {
  const { clock, line, output, begun, running } = stage()
  await clock.advance(60_000)
  line.resolve()
  await begun
  await clock.advance(999)
  output.end()
  assert.deepEqual(await running, { exitCode: 0, stdout: '', stderr: '' })
})

test('from its beginning on it does', async () => {
  const { clock, line, begun, running } = stage()
  const refused = assert.rejects(running, { kind: 'timeout', message: 'command check timed out after 1000 ms' })
  line.resolve()
  await begun
  await clock.advance(1_000)
  await refused
})
