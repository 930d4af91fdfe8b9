import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'
import type { KubeObject, PersistentVolume, PersistentVolumeClaim } from '../../src/kube/objects.ts'

const claim = (name: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
})
const pod = (name: string, claimName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    containers: [{ name: 'app', image: 'app:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
  },
})

test('with a default class a claim gets a directory of its pod’s node, comes back to it, and the directory goes with the claim', async () => {
  await using cluster = await startCluster({ nodes: 3, defaultStorageClass: true })
  await cluster.apply(claim('data') as KubeObject)
  await cluster.apply(pod('first', 'data') as KubeObject)
  const first = await cluster.waitFor('pod/first', 'Ready')
  const bound = (await cluster.get('pvc/data')) as PersistentVolumeClaim
  assert.deepEqual([bound.status?.phase, bound.spec?.storageClassName], ['Bound', 'standard'])
  const volume = (await cluster.get(`pv/${bound.spec?.volumeName}`)) as PersistentVolume
  const nodeName = (first as { spec?: { nodeName?: string } }).spec?.nodeName
  assert.equal(volume.metadata?.annotations?.['podsteward.io/node'], nodeName)
  await cluster.delete('pod/first')
  await cluster.apply(pod('second', 'data') as KubeObject)
  const second = (await cluster.waitFor('pod/second', 'Ready')) as { spec?: { nodeName?: string } }
  assert.equal(second.spec?.nodeName, nodeName)
  await cluster.delete('pod/second')
  await cluster.delete('pvc/data')
  await cluster.waitFor(`pv/${bound.spec?.volumeName}`, 'Deleted')
})

test('on the manual clock a claim is bound, and its pod runs, before time has passed; a node that is cut off is asked again when it is back', async () => {
  await using cluster = await startCluster({ nodes: 1, clock: 'manual', defaultStorageClass: true })
  const phase = async (name: string) => ((await cluster.get(`pvc/${name}`)) as PersistentVolumeClaim).status?.phase
  await cluster.apply(claim('data') as KubeObject, pod('web', 'data') as KubeObject)
  await cluster.clock.advance('1s')
  assert.equal(await phase('data'), 'Bound')
  cluster.node(0).partition()
  await cluster.apply(claim('more') as KubeObject, pod('next', 'more') as KubeObject)
  await cluster.clock.advance('2s')
  assert.equal(await phase('more'), 'Pending')
  assert.ok(
    (await cluster.events('more')).some(
      ({ reason, message }) => reason === 'ProvisioningFailed' && message?.endsWith('the node is cut off from the API server'),
    ),
  )
  cluster.node(0).heal()
  await cluster.clock.advance('20s')
  assert.equal(await phase('more'), 'Bound')
})
