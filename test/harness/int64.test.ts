import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'

const forever = 9223372036854775807n

test('a pod with a grace of 2^63-1 seconds runs, waits for its end when deleted, and ends in the shorter one that is asked for after', async () => {
  await using cluster = await startCluster({ behaviour: { 'stop-delay': '720h' } })
  await cluster.apply(`apiVersion: v1
kind: Pod
metadata: {name: patient}
spec:
  terminationGracePeriodSeconds: ${forever}
  containers: [{name: constructor, image: busybox}]`)
  const running = await cluster.waitFor('pod/patient', 'Ready')
  assert.equal(running.spec?.terminationGracePeriodSeconds, forever)
  assert.equal(running.status?.containerStatuses?.[0]?.name, 'constructor')
  await cluster.delete('pod/patient')
  const ending = await cluster.get('pod/patient')
  assert.equal(ending.metadata?.deletionGracePeriodSeconds, forever)
  await cluster.delete('pod/patient', { graceSeconds: 1 })
  await cluster.waitFor('pod/patient', 'Deleted')
})
