import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Cluster, startCluster } from '../../src/harness/harness.ts'
import type { DaemonSet, Pod, StatefulSet } from '../../src/kube/objects.ts'

type Spec = NonNullable<StatefulSet['spec']> & NonNullable<DaemonSet['spec']>

const set = (kind: 'StatefulSet' | 'DaemonSet', name: string, image: string, more: Partial<Spec> = {}, annotations: Record<string, string> = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name }, annotations }, spec: { containers: [{ name: 'app', image }], terminationGracePeriodSeconds: 1 } },
    ...more,
  },
})

const shown = async (cluster: Cluster, app: string) =>
  (await cluster.list<Pod>('pods', { labelSelector: `app=${app}` }))
    .filter(({ metadata }) => !metadata?.deletionTimestamp)
    .map(({ metadata, spec }) => `${metadata?.name} ${spec?.containers[0]?.image}`)
    .toSorted()

test('a StatefulSet with claims comes up in order, is rolled out from its end, and takes along the claims that it is told to', async () => {
  await using cluster = await startCluster({ clock: 'manual', nodes: 2, defaultStorageClass: true })
  const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } } }]
  const policy = { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' } }
  const web = (image: string, replicas: number) =>
    set('StatefulSet', 'web', image, { serviceName: 'web', replicas, volumeClaimTemplates, ...policy }, { 'simulated.podsteward.io/start-delay': '10s' })
  const claims = async () => (await cluster.list('pvc')).map(({ metadata }) => metadata?.name).toSorted()

  await cluster.apply(web('db:1', 3))
  // A volume is made by the machine's time.
  await cluster.waitFor('pod/web-0', 'PodScheduled')
  await cluster.clock.advance('5s')
  assert.deepEqual(await shown(cluster, 'web'), ['web-0 db:1'])
  await cluster.clock.advance('10s')
  await cluster.waitFor('pod/web-1', 'PodScheduled')
  assert.deepEqual(await shown(cluster, 'web'), ['web-0 db:1', 'web-1 db:1'])
  await cluster.clock.advance('15s')
  await cluster.waitFor('pod/web-2', 'PodScheduled')
  await cluster.clock.advance('15s')
  await cluster.waitFor('sts/web', 'Ready')
  assert.deepEqual(await claims(), ['data-web-0', 'data-web-1', 'data-web-2'])

  await cluster.apply(web('db:2', 3))
  await cluster.clock.advance('5s')
  assert.deepEqual(await shown(cluster, 'web'), ['web-0 db:1', 'web-1 db:1', 'web-2 db:2'])
  await cluster.clock.advance('1m')
  await cluster.waitFor('sts/web', 'Ready')
  assert.deepEqual(await shown(cluster, 'web'), ['web-0 db:2', 'web-1 db:2', 'web-2 db:2'])

  await cluster.apply(web('db:2', 1))
  await cluster.clock.advance('10s')
  assert.deepEqual(await shown(cluster, 'web'), ['web-0 db:2'])
  assert.deepEqual(await claims(), ['data-web-0'])

  await cluster.delete('sts/web')
  await cluster.clock.advance('10s')
  assert.deepEqual(await shown(cluster, 'web'), [])
  assert.deepEqual(await claims(), [])
  assert.deepEqual(await cluster.list('controllerrevisions'), [])
})

test('of a lost node a daemon stays, and a pod of a StatefulSet is not made twice: its successor comes when it is known to be gone', async () => {
  await using cluster = await startCluster({ clock: 'manual', nodes: ['lost', 'safe'] })
  await cluster.apply(set('DaemonSet', 'log', 'log:1'), set('StatefulSet', 'db', 'db:1', { serviceName: 'db', replicas: 2 }))
  await cluster.clock.advance('10s')
  await cluster.waitFor('ds/log', 'Ready')
  await cluster.waitFor('sts/db', 'Ready')
  const pods = await cluster.list<Pod>('pods')
  const daemon = pods.find(({ metadata, spec }) => metadata?.labels?.app === 'log' && spec?.nodeName === 'lost')
  const member = pods.find(({ metadata, spec }) => metadata?.labels?.app === 'db' && spec?.nodeName === 'lost')
  assert.ok(daemon && member, 'each node has one of both')
  const name = member.metadata?.name ?? ''

  await cluster.node('lost').crash()
  await cluster.clock.advance('8m')
  const after = await cluster.get(`pod/${daemon.metadata?.name}`)
  assert.deepEqual([after.metadata?.uid, after.metadata?.deletionTimestamp], [daemon.metadata?.uid, undefined])
  const { status } = await cluster.get('ds/log')
  assert.deepEqual([status?.desiredNumberScheduled, status?.currentNumberScheduled, status?.numberReady], [1, 1, 1])
  assert.equal(status?.numberMisscheduled, 1)
  const evicted = await cluster.get(`pod/${name}`)
  assert.equal(evicted.metadata?.uid, member.metadata?.uid, 'nobody can say whether it still runs')
  assert.ok(evicted.metadata?.deletionTimestamp)

  await cluster.delete(`pod/${name}`, { graceSeconds: 0 })
  await cluster.clock.advance('10s')
  await cluster.waitFor('sts/db', 'Ready')
  assert.equal((await cluster.get(`pod/${name}`)).spec?.nodeName, 'safe')
})
