import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AgentUsage } from '../../src/agent/agent-usage.ts'

test('the agent tells its own CPU: all since it began, and cores of late', () => {
  const now = Date.now()
  const { startedAt, cpuNanos, usageNanoCores = 0, rssBytes } = new AgentUsage().read(now)
  assert.ok(startedAt < now && cpuNanos > 0 && rssBytes > 1 << 20)
  // The first rate is that of its whole life.
  const cores = cpuNanos / ((now - startedAt) * 1e6)
  assert.ok(usageNanoCores / 1e9 > cores / 2 && usageNanoCores / 1e9 < cores * 2, `${usageNanoCores} beside ${cores} cores`)
})

test('a reading soon after another keeps its rate', () => {
  const usage = new AgentUsage()
  assert.equal(usage.read(0).usageNanoCores, usage.read(0).usageNanoCores)
})
