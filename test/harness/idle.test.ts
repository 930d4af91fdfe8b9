import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'
import type { Lease } from '../../src/kube/objects.ts'

/** What an hour of a cluster that is left alone takes: writes to the store, and timers that somebody set. */
async function idleHour(nodes: number) {
  await using cluster = await startCluster({ nodes, clock: 'manual' })
  // What goes with the start is over.
  await cluster.clock.advance('10m')
  const version = async () => Number((await cluster.backend.list({ resource: 'nodes' })).resourceVersion)
  const began = await version()
  const renewals: string[] = []
  const stop = cluster.backend.observe('leases.coordination.k8s.io', ({ object }) => {
    if (object.metadata?.name === 'node-0') renewals.push((object as Lease).spec?.renewTime ?? '')
  })
  let timers = 0
  const { clock } = cluster
  const setTimer = clock.setTimer.bind(clock)
  clock.setTimer = (delayMs, callback) => {
    timers += 1
    return setTimer(delayMs, callback)
  }
  await clock.advance('1h')
  stop()
  return { writes: (await version()) - began, timers, renewals }
}

test('an hour of an idle node is its leases, each ten seconds, its status, each five minutes, and fewer timers than seconds', async () => {
  const one = await idleHour(1)
  const times = one.renewals.map((time) => Date.parse(time))
  assert.ok(times.length >= 360, String(times.length))
  for (const [index, time] of times.slice(1).entries()) assert.equal(time - (times[index] ?? 0), 10_000)
  // 360 leases and 12 statuses; a lease is renewed where the hour begins.
  assert.ok(one.writes >= 370 && one.writes <= 380, String(one.writes))
  assert.ok(one.timers < 3000, String(one.timers))

  // Twice the nodes, twice the work, and no more.
  const two = await idleHour(2)
  assert.ok(Math.abs(two.writes - 2 * one.writes) <= 10, `${two.writes} for two, ${one.writes} for one`)
  // Their periods are drawn, each about the same.
  assert.ok(two.timers <= 2.1 * one.timers, `${two.timers} for two, ${one.timers} for one`)
})
