import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CoreV1Api } from '@kubernetes/client-node'
import { startCluster, startNode } from '../../src/harness/harness.ts'
import type { KubeObject, Node, Pod } from '../../src/kube/objects.ts'

const pod = (name: string, over: Partial<NonNullable<Pod['spec']>> = {}, annotations: Record<string, string> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations },
  spec: { containers: [{ name: 'app', image: 'registry/app:1' }], ...over },
})

test('YAML and objects are applied, and any client library works by the kubeconfig', async () => {
  await using cluster = await startCluster()
  await cluster.apply(
    `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { colour: blue }
---
apiVersion: v1
kind: Namespace
metadata: { name: other }
`,
    pod('web'),
  )
  await cluster.waitFor('pod/web', 'Ready')
  const core = cluster.api(CoreV1Api)
  const { items } = await core.listNamespacedPod({ namespace: 'default' })
  assert.deepEqual(
    items.map(({ metadata, status }) => [metadata?.name, status?.phase]),
    [['web', 'Running']],
  )
  assert.equal((await cluster.get<KubeObject & { data?: Record<string, string> }>('configmap/settings')).data?.colour, 'blue')
  await cluster.delete('pod/web')
  await cluster.waitFor('pod/web', 'Deleted')
  await assert.rejects(cluster.get('pod/web'), { code: 404 })
  await assert.rejects(cluster.apply('apiVersion: v1\nkind: Cheese\nmetadata: { name: x }'), /no matches for kind "Cheese" in version "v1"/)
  await assert.rejects(cluster.apply('a: b: c'), /YAML cannot be read/)
})

test('an error of waiting tells what the pod is stuck on', async () => {
  await using cluster = await startCluster()
  await cluster.apply(pod('stuck', {}, { 'simulated.podsteward.io/pull-error': 'not-found' }))
  await cluster.waitFor('pod/stuck', ({ status }) => /^(Err|)ImagePull/.test(status?.containerStatuses?.[0]?.state?.waiting?.reason ?? ''))
  await assert.rejects(cluster.waitFor('pod/stuck', 'Ready', { timeoutMs: 50 }), (error: Error) => {
    assert.equal(error.name, 'WaitError')
    assert.match(error.message, /^pod\/stuck .*not Ready after 50 ms: container app waiting \((ErrImagePull|ImagePullBackOff)/)
    assert.match(error.message, /^Pending, on node-0$/m)
    assert.match(error.message, /last events:\n(?:.*\n)*? {2}Pulling/)
    return true
  })
  await assert.rejects(cluster.waitFor('pod/nobody', 'Ready', { timeoutMs: 50 }), /there is none/)
  await assert.rejects(cluster.waitFor('nobody', 'Ready'), /write kind\/name/)
})

test('containers do what a test says: write, end, run out of memory', async () => {
  await using cluster = await startCluster()
  await cluster.apply(pod('job', { restartPolicy: 'Never' }), pod('hungry', { restartPolicy: 'Never' }))
  await Promise.all(['pod/job', 'pod/hungry'].map((each) => cluster.waitFor(each, 'Ready')))
  const job = cluster.pod('job').container()
  await job.write('half way')
  assert.equal(await job.logs(), 'half way')
  await assert.rejects(job.logs({ previous: true }), /previous terminated container "app" in pod "job" not found/)
  await job.exit(3)
  const ended = await cluster.waitFor('pod/job', 'Failed')
  assert.equal(ended.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 3)
  await cluster.pod('hungry').container('app').oomKill()
  const killed = await cluster.waitFor('pod/hungry', 'Failed')
  assert.equal(killed.status?.containerStatuses?.[0]?.state?.terminated?.reason, 'OOMKilled')
})

test('what a container wrote before its restart can still be read', async () => {
  await using cluster = await startCluster()
  await cluster.apply(pod('web', {}, { 'simulated.podsteward.io/log': 'starting' }))
  await cluster.waitFor('pod/web', 'Ready')
  const app = cluster.pod('web').container()
  await app.write('going down')
  await app.exit(1)
  await cluster.waitFor('pod/web', ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1 && status.containerStatuses[0].ready)
  assert.deepEqual([await app.logs(), await app.logs({ previous: true })], ['starting', 'starting\ngoing down'])
})

describe('with a clock of its own', () => {
  test('five minutes of crash loop pass at once, the same each time', async () => {
    const runs: unknown[] = []
    for (let run = 0; run < 2; run += 1) {
      await using cluster = await startCluster({ clock: 'manual' })
      await cluster.apply(pod('loop', {}, { 'simulated.podsteward.io/exit-after': '1s', 'simulated.podsteward.io/exit-code': '1' }))
      await cluster.waitFor('pod/loop', 'Ready')
      await cluster.clock.advance('5m')
      const status = await cluster.pod('loop').container().status()
      // At once, then after 10 s, 20 s, 40 s and 80 s, each time for a second; the next would come at 5 min 16 s.
      assert.equal(status?.restartCount, 5)
      assert.equal(status?.state?.waiting?.reason, 'CrashLoopBackOff')
      const { status: lease } = (await cluster.get<Node>('node/node-0')) as Node
      assert.equal(lease?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True')
      const at = (each: string | undefined) => Date.parse(each ?? '') - Date.parse(status?.lastState?.terminated?.startedAt ?? '')
      runs.push([status?.restartCount, at(status?.lastState?.terminated?.finishedAt)])
    }
    assert.deepEqual(runs[0], runs[1])
  })

  test('a length of time that is none is refused', async () => {
    await using cluster = await startCluster({ clock: 'manual', nodes: 0 })
    await assert.rejects(cluster.clock.advance('soon'), /not a length of time/)
    await assert.rejects(cluster.clock.advance(-1), RangeError)
  })

  test('a cluster on the machine’s clock says how to get one that can be set', async () => {
    await using cluster = await startCluster({ nodes: 0 })
    assert.throws(() => cluster.clock, /clock: 'manual'/)
  })
})

describe('what befalls nodes', () => {
  const ready = (node: Node) => node.status?.conditions?.find(({ type }) => type === 'Ready')?.status

  test('a node that is partitioned is not known to be ready, its pods go on, and it comes back', async () => {
    await using cluster = await startCluster({ nodes: 1, clock: 'manual' })
    await cluster.apply(pod('web'))
    await cluster.waitFor('pod/web', 'Ready')
    cluster.node(0).partition()
    await cluster.clock.advance('1m')
    assert.equal(ready(await cluster.get<Node>('node/node-0')), 'Unknown')
    assert.ok(cluster.node(0).engine.containerOf({ namespace: 'default', name: 'web' }, 'app').running)
    cluster.node(0).heal()
    await cluster.clock.advance('1m')
    assert.equal(ready(await cluster.get<Node>('node/node-0')), 'True')
    assert.equal((await cluster.pod('web').container().status())?.restartCount, 0)
  })

  test('a node that is paused is given up and catches up when it goes on', async () => {
    await using cluster = await startCluster({ nodes: 1, clock: 'manual' })
    cluster.node(0).pause()
    await cluster.clock.advance('1m')
    assert.equal(ready(await cluster.get<Node>('node/node-0')), 'Unknown')
    cluster.node(0).resume()
    await cluster.clock.advance('30s')
    assert.equal(ready(await cluster.get<Node>('node/node-0')), 'True')
  })

  test('an agent that crashes alone finds its containers again; after a crash of the node they run anew', async () => {
    await using cluster = await startCluster()
    await cluster.apply(pod('web'))
    const before = await cluster.waitFor('pod/web', 'Ready')
    const idOf = (each: Pod) => each.status?.containerStatuses?.[0]?.containerID
    await cluster.node('node-0').crash({ containersStay: true })
    assert.equal(cluster.node(0).running, false)
    await cluster.node(0).restart()
    await cluster.apply({ ...pod('web'), metadata: { name: 'web', labels: { seen: 'yes' } } })
    assert.equal(idOf(await cluster.waitFor('pod/web', 'Ready')), idOf(before))
    await cluster.node(0).crash()
    await cluster.node(0).restart()
    const after = await cluster.waitFor<Pod>('pod/web', (each) => idOf(each) !== idOf(before) && each.status?.containerStatuses?.[0]?.ready === true)
    assert.equal(after.status?.phase, 'Running')
    assert.throws(() => cluster.node(7), /there is no node 7; there are node-0/)
  })

  test('a drained node has no pods and takes none until it is uncordoned', async () => {
    await using cluster = await startCluster({ nodes: ['left', 'right'] })
    await cluster.apply(pod('web', { nodeName: 'left', terminationGracePeriodSeconds: 1 }))
    await cluster.waitFor('pod/web', 'Ready')
    await cluster.node('left').drain()
    await assert.rejects(cluster.get('pod/web'), { code: 404 })
    await cluster.apply(pod('next'))
    assert.equal((await cluster.waitFor('pod/next', 'Ready')).spec?.nodeName, 'right')
    await cluster.node('left').uncordon()
    assert.equal((await cluster.get<Node>('node/left')).spec?.unschedulable, undefined)
  })
})

test('a drain on a clock that stands still says which pods wait for it, and ends as it moves on', async () => {
  await using cluster = await startCluster({ clock: 'manual' })
  await cluster.apply(pod('web'), pod('slow', {}, { 'simulated.podsteward.io/stop-delay': '5s' }))
  for (const name of ['web', 'slow']) await cluster.waitFor(`pod/${name}`, 'Ready')
  await assert.rejects(cluster.node(0).drain({ timeoutMs: 500 }), /left are (?:default\/web, )?default\/slow; the clock stands still: .*clock\.advance/)
  const drained = cluster.node(0).drain()
  await cluster.clock.advance('10s')
  await drained
  assert.deepEqual(await cluster.list('pods'), [])
})

test('a node joins somebody else’s control plane by its kubeconfig', async () => {
  await using cluster = await startCluster({ nodes: 0 })
  await using node = await startNode({ kubeconfig: cluster.kubeconfig(), name: 'guest' })
  await cluster.waitFor('node/guest', 'Ready')
  await cluster.apply(pod('web'))
  assert.equal((await cluster.waitFor('pod/web', 'Ready')).spec?.nodeName, node.name)
  const where = { namespace: 'default', name: 'web' }
  node.engine.behave(where, { 'exit-after': '0', 'exit-code': 4 })
  node.engine.containerOf(where, 'app').exit(3)
  await cluster.waitFor('pod/web', ({ status }) => status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode === 4)
})
