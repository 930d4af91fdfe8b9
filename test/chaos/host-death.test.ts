/** A thread dies under pod actors on real Docker: the containers keep running, the actors come back and go on. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Docker from 'dockerode'
import { podAddress } from '../../actors/pod/messages.ts'
import { type Agent, startAgent } from '../../src/agent/agent.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { writeFile } from '../../src/cli/controlplane.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { startControlPlane } from '../../src/controlplane/start.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { Kubectl } from '../support/kubectl.ts'
import { testDockerSocket } from '../support/test-docker.ts'
import { waitUntil } from '../support/wait-until.ts'

const docker = new Docker({ socketPath: testDockerSocket() })
let root: string
let controlPlane: Awaited<ReturnType<typeof startControlPlane>>
let agent: Agent
let kubectl: Kubectl

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'host-death-'))
  controlPlane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
  const kubeconfig = writeFile(root, 'node.kubeconfig', await controlPlane.nodeKubeconfig('chaos'))
  kubectl = new Kubectl(writeFile(root, 'admin', controlPlane.adminKubeconfig))
  const config = resolveAgentConfig({
    kubeconfig,
    hostnameOverride: 'chaos',
    rootDir: join(root, 'node'),
    podLogsDir: join(root, 'logs'),
    dockerEndpoint: `unix://${testDockerSocket()}`,
    actorThreads: '2',
  })
  agent = await startAgent(config, { clock: systemClock, log: silentLogger })
  await kubectl.ok(['wait', '--for=create', 'node/chaos', '--timeout=60s'])
  await kubectl.ok(['wait', '--for=condition=Ready', 'node/chaos', '--timeout=60s'])
})
after(async () => {
  await kubectl?.run(['delete', 'pods', '--all', '--timeout=30s', '--grace-period=1'])
  await agent?.[Symbol.asyncDispose]()
  await controlPlane?.[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})

const names = ['a', 'b', 'c', 'd']
const running = async () =>
  (await docker.listContainers({ filters: { label: names.length ? ['io.kubernetes.pod.namespace=default'] : [] } }))
    .filter((row) => names.includes(row.Labels['io.kubernetes.pod.name'] ?? ''))
    .map((row) => row.Id)
    .sort()

test('the containers of a dead host keep running, and its actors come back on another', async () => {
  const manifest = names.map(
    (name) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: { terminationGracePeriodSeconds: 1, containers: [{ name: c, image: "podsteward.test/busybox:1", command: [sleep, "1000"] }] }
`,
  )
  await kubectl.apply(manifest.join('---\n'))
  await kubectl.ok(['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=40s'])
  const before = await running()
  assert.equal(before.length, 8)
  const pods = (await kubectl.json<{ items: Pod[] }>(['get', 'pods'])).items
  const addressOf = (name: string) => podAddress(podUid(pods.find((pod) => pod.metadata?.name === name)?.metadata?.uid ?? ''))
  const hosts = new Set(names.map((name) => agent.system.hostOf(addressOf(name))))
  assert.deepEqual([...hosts].sort(), [0, 1], 'pods are spread over both hosts')

  agent.system.killHost(0)
  await waitUntil('the actors to move', () => agent.system.metrics().rehomed >= 2)
  for (const name of names) assert.ok(agent.system.has(addressOf(name)))

  // The moved actors act: a container killed now is restarted, and no other was touched.
  const victim = pods.find((pod) => agent.system.hostOf(addressOf(pod.metadata?.name ?? '')) !== undefined)?.metadata?.name ?? ''
  const [row] = await docker.listContainers({ filters: { label: [`io.kubernetes.pod.name=${victim}`, 'io.kubernetes.container.name=c'] } })
  await docker.getContainer(row?.Id ?? '').kill({ signal: 'SIGKILL' })
  await waitUntil(`${victim} to restart`, async () => (await kubectl.json<Pod>(['get', 'pod', victim])).status?.containerStatuses?.[0]?.restartCount === 1, {
    timeoutMs: 40_000,
  })
  await waitUntil('eight containers', async () => (await running()).length === 8)
  const untouched = (await running()).filter((id) => before.includes(id))
  assert.equal(untouched.length, 7)
  for (const pod of (await kubectl.json<{ items: Pod[] }>(['get', 'pods'])).items)
    if (pod.metadata?.name !== victim) assert.equal(pod.status?.containerStatuses?.[0]?.restartCount, 0)
})
