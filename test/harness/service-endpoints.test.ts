import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DiscoveryV1Api } from '@kubernetes/client-node'
import { startCluster } from '../../src/harness/harness.ts'
import type { Pod } from '../../src/kube/objects.ts'

test('a service of running pods gets a slice with their addresses, and lets one go that is deleted', async () => {
  await using cluster = await startCluster()
  const web = (name: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'registry/app:1', ports: [{ name: 'http', containerPort: 8080 }] }] },
  })
  await cluster.apply(
    '{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}}',
    web('a'),
    web('b'),
  )
  const pods = await Promise.all(['pod/a', 'pod/b'].map((name) => cluster.waitFor<Pod>(name, 'Ready')))
  const ready = async (count: number) => {
    const isSo = ({ subsets }: { subsets?: { addresses?: unknown[] }[] }) => (subsets?.[0]?.addresses?.length ?? 0) === count
    await cluster.waitFor('endpoints/web', (object) => isSo(object as never))
    const { items } = await cluster.api(DiscoveryV1Api).listNamespacedEndpointSlice({ namespace: 'default', labelSelector: 'kubernetes.io/service-name=web' })
    assert.equal(items[0]?.ports?.[0]?.port, 8080)
    return items.flatMap(({ endpoints }) => endpoints ?? []).flatMap(({ addresses, conditions }) => (conditions?.ready ? addresses : []))
  }
  assert.deepEqual((await ready(2)).sort(), pods.map(({ status }) => status?.podIP ?? '').sort())
  await cluster.delete('pod/a')
  assert.deepEqual(await ready(1), [pods[1]?.status?.podIP])
})
