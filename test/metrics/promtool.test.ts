import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { nodeMeasures } from '../../src/agent/node-measures.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { claimMetrics } from '../../src/metrics/claim-metrics.ts'
import { HostLedger } from '../../src/metrics/host-ledger.ts'
import { logMetrics } from '../../src/metrics/log-metrics.ts'
import { PodMetrics } from '../../src/metrics/pod-metrics.ts'
import { processMetrics } from '../../src/metrics/process-metrics.ts'

/** Both registries with a sample in each family, some of which a quiet node has none of. */
async function everyFamily(): Promise<string> {
  const [own, host] = [new Registry(), new Registry()]
  const { requests, http, starts, relists, engine, cgroups, csi, admission, housekeeping } = nodeMeasures(own, new ManualClock(Date.UTC(2026, 0, 1)))
  requests.answered('h:1', 'GET', 200)
  requests.took('h:1', 'GET', 1)
  requests.waited('h:1', 'GET', 1)
  requests.refused('pods')
  http.begin({ method: 'GET', path: '/metrics', server: 'readwrite' })()
  const pod = { metadata: { creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { containers: [{ name: 'c' }] } } as unknown as Pod
  const status = { phase: 'Running', containerStatuses: [{ name: 'c', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } }] }
  starts.observed(podUid('u'), pod)
  starts.reported(podUid('u'), status as unknown as NonNullable<Pod['status']>)
  starts.observed(podUid('u'), { ...pod, status } as unknown as Pod)
  starts.statusSynced(5)
  relists.began()
  relists.ended()
  relists.began()
  engine.done('version', 1, true)
  engine.sandboxRun('', 1, true)
  cgroups.done('update', 1)
  csi.called('d', '/csi.v1.Node/NodePublishVolume', 'OK', 1)
  csi.undone('volume_unmount', 'd', 1, false)
  admission.rejected('NodeAffinity')
  admission.preempted('cpu')
  housekeeping.orphaned()
  housekeeping.imageRemoved('age')
  const filesystem = { capacityBytes: 1, availableBytes: 1, usedBytes: 1, inodes: 1, inodesFree: 1, inodesUsed: 1 }
  claimMetrics(own, () => [{ namespace: 'n', claim: 'c', filesystem }])
  logMetrics(own, () => [{ uid: 'u', namespace: 'n', pod: 'p', container: 'c', bytes: 1 }])
  processMetrics(own)
  const pods = new PodMetrics(host)
  pods.synced('create', 1)
  pods.containerStarting('container')
  pods.containerFailed('container', 'ErrImagePull')
  pods.imagePulled(1, 1)
  pods.storage('volume_mount', 'kubernetes.io/secret', 1, false)
  pods.volumeReady('kubernetes.io/secret', 1)
  pods.volumes('kubernetes.io/secret', 'desired_state_of_world', 1)
  pods.cgroup('create', 1)
  return new HostLedger().metrics(await own.getMetricsAsJSON(), [{ origin: '0.1', readings: await host.getMetricsAsJSON() }])
}

test('promtool has nothing to say of any family, but of the one that a kubelet names against its rules', async () => {
  const text = await everyFamily()
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  for (const name of families) assert.match(text, new RegExp(`^${name}\\S* \\S+$`, 'm'), `${name} has no sample here`)
  const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  assert.equal(stdout, '')
  assert.deepEqual(stderr.trim().split('\n'), ['kubelet_preemptions counter metrics should have "_total" suffix'])
})
