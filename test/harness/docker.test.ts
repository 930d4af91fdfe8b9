import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { before, test } from 'node:test'
import Dockerode from 'dockerode'
import { startCluster, startNode } from '../../src/harness/harness.ts'
import { busyboxImage, ensureBusybox } from '../support/images.ts'
import { testDockerSocket } from '../support/test-docker.ts'
import { waitUntil } from '../support/wait-until.ts'

const socketPath = testDockerSocket()
const flags = { dockerEndpoint: `unix://${socketPath}` }
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'app', image: busyboxImage, imagePullPolicy: 'Never', command: ['sh', '-c', 'echo real; exec sleep 600'] }],
  },
}
const containers = async (uid: string) => new Dockerode({ socketPath }).listContainers({ all: true, filters: { label: [`io.kubernetes.pod.uid=${uid}`] } })

before(() => ensureBusybox(socketPath))

test('a cluster on Docker runs real containers, and disposing it leaves neither one of them nor a thread', async () => {
  const threads = async () => (await readdir('/proc/self/task')).length
  let uid = ''
  const earlier = await threads()
  {
    await using cluster = await startCluster({ engine: 'docker', flags })
    await cluster.apply(pod)
    const web = await cluster.waitFor('pod/web', 'Ready', { timeoutMs: 60_000 })
    uid = web.metadata?.uid ?? ''
    assert.equal((await containers(uid)).length, 2)
    assert.equal(await cluster.pod('web').container().logs(), 'real')
    assert.throws(() => cluster.node(0).engine, /node node-0 has no simulated engine: it runs on Docker/)
    await assert.rejects(cluster.pod('web').container().exit(1), /it runs on Docker/)
  }
  assert.deepEqual(await containers(uid), [])
  // libuv and V8 keep a few of their own.
  await waitUntil('the threads to end', async () => (await threads()) <= earlier + 4, { seen: threads })
})

test('an agent on Docker that crashes finds its containers again; when the node crashes they are gone', async () => {
  await using cluster = await startCluster({ engine: 'docker', flags })
  await cluster.apply(pod)
  const first = await cluster.waitFor('pod/web', 'Ready', { timeoutMs: 60_000 })
  const idOf = (each: typeof first) => each.status?.containerStatuses?.[0]?.containerID
  await cluster.node(0).crash({ containersStay: true })
  assert.equal((await containers(first.metadata?.uid ?? '')).length, 2)
  await cluster.node(0).restart()
  await cluster.apply({ ...pod, metadata: { name: 'web', labels: { seen: 'yes' } } })
  assert.equal(idOf(await cluster.waitFor('pod/web', 'Ready', { timeoutMs: 60_000 })), idOf(first))
  await cluster.node(0).crash()
  assert.deepEqual(await containers(first.metadata?.uid ?? ''), [])
  await cluster.node(0).restart()
  await cluster.waitFor('pod/web', (each) => idOf(each) !== idOf(first) && each.status?.containerStatuses?.[0]?.ready === true, { timeoutMs: 60_000 })
})

test('a cluster of which the agent has crashed alone leaves no container either; two nodes on one engine are refused', async () => {
  let uid = ''
  {
    await using cluster = await startCluster({ engine: 'docker', flags })
    await cluster.apply(pod)
    uid = (await cluster.waitFor('pod/web', 'Ready', { timeoutMs: 60_000 })).metadata?.uid ?? ''
    await cluster.node(0).crash({ containersStay: true })
  }
  assert.deepEqual(await containers(uid), [])
  await assert.rejects(startCluster({ engine: 'docker', nodes: 2, flags }), /a cluster on Docker has one node/)
})

test('a node on Docker joins somebody else’s control plane', async () => {
  await using cluster = await startCluster({ nodes: 0 })
  await using node = await startNode({ kubeconfig: cluster.kubeconfig(), name: 'guest', engine: 'docker', flags })
  await cluster.waitFor('node/guest', 'Ready', { timeoutMs: 60_000 })
  await cluster.apply(pod)
  const web = await cluster.waitFor('pod/web', 'Ready', { timeoutMs: 60_000 })
  assert.equal(web.spec?.nodeName, node.name)
  assert.match(web.status?.containerStatuses?.[0]?.containerID ?? '', /^docker:/)
  await cluster.delete('pod/web')
  await cluster.waitFor('pod/web', 'Deleted', { timeoutMs: 60_000 })
})
