import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Cluster, startCluster } from '../../src/harness/harness.ts'
import type { Deployment, KubeObject, Pod, ReplicaSet } from '../../src/kube/objects.ts'

const deployment = (replicas: number, image: string): Deployment =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }], terminationGracePeriodSeconds: 1 } },
    },
  }) as Deployment

/** Until the deployment's own status says that all of this image are there and no others. */
const rolledOut = (cluster: Cluster, replicas: number) =>
  cluster.waitFor<Deployment>('deployment/web', ({ status, metadata }) => {
    const { observedGeneration = 0, replicas: all = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {}
    return observedGeneration >= (metadata?.generation ?? 0) && all === replicas && updatedReplicas === replicas && availableReplicas === replicas
  })

const imagesOf = (pods: readonly Pod[]) => pods.filter(({ metadata }) => !metadata?.deletionTimestamp).map(({ spec }) => spec?.containers[0]?.image)

test('a deployment on real nodes is available, rolled out, brought back, scaled, and gone with all that it owns', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  await cluster.apply(deployment(4, 'shop/web:1'))
  await cluster.waitFor('deployment/web', 'Available')
  await rolledOut(cluster, 4)
  const pods = async () => (await cluster.list<Pod>('pods')).filter(({ metadata }) => metadata?.labels?.app === 'web')
  assert.equal(new Set((await pods()).map(({ spec }) => spec?.nodeName)).size, 2)

  await cluster.apply(deployment(4, 'shop/web:2'))
  await rolledOut(cluster, 4)
  assert.deepEqual(imagesOf(await pods()), Array(4).fill('shop/web:2'))

  await cluster.apply(deployment(4, 'shop/web:1'))
  await rolledOut(cluster, 4)
  const sets = await cluster.list<ReplicaSet>('replicasets')
  const revisions = sets.map(({ metadata }) => metadata?.annotations?.['deployment.kubernetes.io/revision'])
  assert.deepEqual(revisions.toSorted(), ['2', '3'], 'the first one is the third now')

  await cluster.apply(deployment(2, 'shop/web:1'))
  await rolledOut(cluster, 2)

  await cluster.delete('deployment/web')
  await cluster.waitFor('deployment/web', 'Deleted')
  for (const { metadata } of sets) await cluster.waitFor(`replicaset/${metadata?.name}`, 'Deleted')
  for (const { metadata } of await pods()) await cluster.waitFor(`pod/${metadata?.name}`, 'Deleted')
  assert.deepEqual(await cluster.list<KubeObject>('pods'), [])
})
