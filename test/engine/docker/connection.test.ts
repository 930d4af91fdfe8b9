import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { dockerConnection } from '../../../src/engine/docker/connection.ts'

test('the agent of the connections is a word where docker-modem writes requests out', () => {
  const connection = dockerConnection({ endpoint: 'unix:///nowhere.sock', clock: systemClock, log: silentLogger, concurrency: 1 })
  const { agent } = connection.docker.modem as { agent?: object }
  assert.ok(agent)
  assert.equal(inspect({ agent }, { showHidden: true, depth: null }), '{ agent: Agent }')
  connection.close()
})
