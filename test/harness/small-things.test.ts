import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KubeConfig, Metrics } from '@kubernetes/client-node'
import { startCluster } from '../../src/harness/harness.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { quantity } from '../../src/kube/quantity.ts'

const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'a', image: 'x' }], ...spec },
})

test('a pod has the priority of its class, without its being said twice', async () => {
  await using cluster = await startCluster()
  await cluster.apply(
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 },
    pod('high', { priorityClassName: 'high' }),
  )
  assert.equal(((await cluster.get('pod/high')) as Pod).spec?.priority, 1000)
  assert.deepEqual((await cluster.list('pc')).map(({ metadata }) => metadata?.name).toSorted(), ['high', 'system-cluster-critical', 'system-node-critical'])
})

for (const [kind, held] of [
  ['configmap/c', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'leaving', finalizers: ['example.org/hold'] } }],
  ['lease/l', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l', namespace: 'leaving', finalizers: ['example.org/hold'] } }],
  [
    'pvc/v',
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'v', namespace: 'leaving', finalizers: ['example.org/hold'] },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ],
] as const)
  test(`a namespace goes once the finalizer of its last object, ${kind}, is gone`, async () => {
    await using cluster = await startCluster({ nodes: 0 })
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'leaving' } }, held)
    await cluster.delete('namespace/leaving')
    const stored = await cluster.waitFor(
      kind,
      (object) => (object as { metadata?: { deletionTimestamp?: unknown } }).metadata?.deletionTimestamp !== undefined,
      {
        namespace: 'leaving',
      },
    )
    assert.ok(stored)
    const [resource = '', name = ''] = kind.split('/')
    const plural = { configmap: 'configmaps', lease: 'leases.coordination.k8s.io', pvc: 'persistentvolumeclaims' }[resource] ?? ''
    await cluster.backend.patch({ resource: plural, namespace: 'leaving', name }, 'application/merge-patch+json', { metadata: { finalizers: null } })
    await cluster.waitFor('namespace/leaving', 'Deleted')
  })

test('pods of which nothing is said take a little, the same from the same seed', async () => {
  const once = async () => {
    await using cluster = await startCluster({ clock: 'manual', seed: 5 })
    await cluster.apply(pod('one'), pod('two', { containers: [{ name: 'a', image: 'x', resources: { limits: { memory: '4Mi' } } }] }))
    for (const name of ['one', 'two']) await cluster.waitFor(`pod/${name}`, 'Ready')
    await cluster.clock.advance('40s')
    const config = new KubeConfig()
    config.loadFromString(cluster.kubeconfig())
    const { items } = await new Metrics(config).getPodMetrics('default')
    return Object.fromEntries(items.map(({ metadata, containers: [first] }) => [metadata.name, first?.usage]))
  }
  const first = await once()
  assert.deepEqual(await once(), first)
  const [milli, mebi] = [Number(quantity(first.one?.cpu ?? '0')) / 1e6, Number(quantity(first.one?.memory ?? '0')) / 1e9 / 2 ** 20]
  assert.ok(milli >= 1 && milli <= 5, `${milli}m`)
  assert.ok(mebi >= 4 && mebi <= 32, `${mebi}Mi`)
  assert.ok(Number(quantity(first.two?.memory ?? '0')) / 1e9 <= 2 * 2 ** 20)
})

test('a hundred pods pull their images without a limit of pulls a second', async () => {
  await using cluster = await startCluster({ clock: 'manual' })
  await cluster.apply(...Array.from({ length: 100 }, (_, index) => pod(`p${index}`, { containers: [{ name: 'a', image: `image-${index}` }] })))
  // No time passes: whatever had to wait would never come.
  for (let index = 0; index < 100; index++) await cluster.waitFor(`pod/p${index}`, 'Ready', { timeoutMs: 60_000 })
})

test('a field that the API does not have is refused with its path, or told in the log, as the cluster is started', async () => {
  await using cluster = await startCluster({ nodes: 0 })
  const mistyped = pod('web', { containers: [{ name: 'a', image: 'x', imagepullpolicy: 'Never' }], restartpolicy: 'Never' })
  await assert.rejects(
    cluster.apply(mistyped),
    /strict decoding error: unknown field "spec\.containers\[0\]\.imagepullpolicy", unknown field "spec\.restartpolicy"/,
  )
  assert.equal((await cluster.list('pods')).length, 0)
  const warnings: string[] = []
  const log = { ...silent(), warn: (_: string, about?: object) => warnings.push(JSON.stringify(about)) }
  await using lenient = await startCluster({ nodes: 0, fieldValidation: 'Warn', log: log as never })
  await lenient.apply(mistyped)
  assert.equal((await lenient.list('pods')).length, 1)
  assert.ok(
    warnings.some((warning) => warning.includes('spec.restartpolicy')),
    String(warnings),
  )
})

test('a kind that is not served gets a message that says so, and what is', async () => {
  await using cluster = await startCluster({ nodes: 0 })
  const other = { apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name: 'w' }, spec: {} }
  await assert.rejects(cluster.apply(other), /^TypeError: no matches for kind "Widget" in version "example\.org\/v1": the embedded API server has .*pods/)
  await assert.rejects(cluster.apply({ ...pod('p'), apiVersion: 'v2' }), /no matches for kind "Pod" in version "v2": write apiVersion v1/)
  await assert.rejects(cluster.get('widget/w'), /the server doesn't have a resource type "widget": the embedded API server has .*pods/)
  await assert.rejects(cluster.list('widgets'), /the server doesn't have a resource type "widgets"/)
})

const silent = () => {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: (): object => log }
  return log
}
