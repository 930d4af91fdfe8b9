/** A whole agent, on its worker threads, on a runtime of CRI that says that it can what the machine's own cannot. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Agent, startAgent } from '../../src/agent/agent.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { startControlPlane } from '../../src/controlplane/start.ts'
import type { CoreEvent, Node, Pod } from '../../src/kube/objects.ts'
import { FakePods } from '../support/fake-pods.ts'
import { Kubectl } from '../support/kubectl.ts'
import { waitUntil } from '../support/wait-until.ts'

const name = 'able'
const unit = 65_536
let state: string
let pods: FakePods
let controlPlane: Awaited<ReturnType<typeof startControlPlane>>
let kubectl: Kubectl
let agent: Agent | undefined

before(async () => {
  state = await mkdtemp(join(tmpdir(), 'runtime-that-can-'))
  pods = await FakePods.start([{ name: '', features: { userNamespaces: true, recursiveReadOnlyMounts: true } }])
  const listen = { host: '127.0.0.1', port: 0 }
  controlPlane = await startControlPlane({ stateDirectory: join(state, 'cp'), storage: 'memory', listen, clock: systemClock, log: silentLogger })
  await writeFile(join(state, 'kubeconfig'), controlPlane.adminKubeconfig)
  await writeFile(join(state, 'ca.crt'), controlPlane.caPem)
  await writeFile(join(state, 'node.kubeconfig'), await controlPlane.nodeKubeconfig(name))
  kubectl = new Kubectl(join(state, 'kubeconfig'))
  await begin()
})
after(async () => {
  await agent?.[Symbol.asyncDispose]()
  await controlPlane?.[Symbol.asyncDispose]()
  await pods?.[Symbol.asyncDispose]()
  await rm(state, { recursive: true, force: true })
})

async function begin(): Promise<void> {
  const root = join(state, 'node')
  const flags = {
    ...{
      kubeconfig: join(state, 'node.kubeconfig'),
      hostnameOverride: name,
      rootDir: root,
      podLogsDir: join(root, 'logs'),
      clientCaFile: join(state, 'ca.crt'),
    },
    ...{ port: '0', healthzPort: '0', cadvisorPort: '0', address: '0.0.0.0', actorThreads: '1', cgroupsPerQos: 'false' },
    containerRuntimeEndpoint: pods.fake.endpoint,
  }
  agent = await startAgent(resolveAgentConfig(flags), { clock: systemClock, log: silentLogger })
  controlPlane.reachInProcess(name, agent.connect)
}

async function run(pod: string, spec: object): Promise<void> {
  const template = { containers: [{ name: 'c', image: 'app:1' }], terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, nodeName: name }
  await kubectl.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod }, spec: { ...template, ...spec } }))
}

const get = (pod: string) => kubectl.json<Pod>(['get', 'pod', pod])
const ready = (pod: string) =>
  waitUntil(
    `${pod} to be ready`,
    async () => {
      const seen = await get(pod)
      return seen.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') && seen
    },
    { timeoutMs: 30_000, seen: async () => ({ pod: (await get(pod)).status, events: await events(pod) }) },
  )
async function events(pod: string): Promise<string[]> {
  const list = await kubectl.json<{ items: CoreEvent[] }>(['get', 'events', '--field-selector', `involvedObject.name=${pod}`])
  return list.items.map((event) => `${event.reason}: ${event.message}`)
}
const idsOf = (pod: string) => pods.sandboxOf(pod)?.linux?.securityContext?.namespaceOptions?.usernsOptions?.uids[0]?.hostId

test('pods with hostUsers: false have ids of their own, kept over a restart of the agent, and the node tells that it can', async () => {
  for (const pod of ['one', 'two']) await run(pod, { hostUsers: false, containers: [{ name: 'c', image: 'app:1' }] })
  const [one] = await Promise.all(['one', 'two'].map(ready))
  assert.deepEqual([idsOf('one'), idsOf('two')].sort(), [unit, 2 * unit].sort())
  const file = join(state, 'node/pods', one?.metadata?.uid ?? '', 'userns')
  const kept = JSON.parse(await readFile(file, 'utf8')) as { uidMappings: unknown[] }
  assert.deepEqual(kept.uidMappings, [{ hostId: idsOf('one'), containerId: 0, length: unit }])
  assert.deepEqual(one?.status?.containerStatuses?.[0]?.user, { linux: { uid: 1000, gid: 1000 } })
  const node = await kubectl.json<Node>(['get', 'node', name])
  assert.deepEqual(node.status?.runtimeHandlers, [{ name: '', features: { recursiveReadOnlyMounts: true, userNamespaces: true } }])
  await agent?.[Symbol.asyncDispose]()
  await begin()
  await run('three', { hostUsers: false })
  await ready('three')
  assert.equal(idsOf('three'), 3 * unit)
  pods.end('one')
  await waitUntil('its container to be made anew', () => pods.containerOf('one')?.metadata?.attempt === 1, { timeoutMs: 30_000 })
  const mounts = pods.containerOf('one')?.mounts ?? []
  assert.ok(mounts.length > 0)
  for (const { uidMappings } of mounts) assert.deepEqual(uidMappings, [{ hostId: idsOf('one'), containerId: 0, length: unit }])
})

test('an image is a volume of a pod: pulled as its tag wants, and mounted by the runtime', async () => {
  const volumes = [{ name: 'data', image: { reference: 'data:1' } }]
  await run('fed', { volumes, containers: [{ name: 'c', image: 'app:1', volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'a/b' }] }] })
  const { spec } = await ready('fed')
  assert.deepEqual(spec?.volumes, [{ name: 'data', image: { reference: 'data:1', pullPolicy: 'IfNotPresent' } }])
  const mount = pods.containerOf('fed')?.mounts?.find(({ containerPath }) => containerPath === '/data')
  assert.deepEqual(
    { image: mount?.image?.image, path: mount?.imageSubPath, readonly: mount?.readonly },
    { image: 'sha256:data:1', path: 'a/b', readonly: true },
  )
})

test('a container’s checkpoint is asked for through the API server, and answered as a kubelet does', async () => {
  await run('kept', {})
  await ready('kept')
  const answer = await kubectl.run(['create', '--raw', `/api/v1/nodes/${name}/proxy/checkpoint/default/kept/c`, '-f', '-'], { stdin: '{}' })
  assert.equal(answer.code, 0, answer.stderr)
  const { items } = JSON.parse(answer.stdout) as { items: string[] }
  assert.match(items[0] ?? '', /\/node\/checkpoints\/checkpoint-kept_default-c-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.tar$/)
  assert.deepEqual(pods.checkpoints, items)
})

test('while the runtime has no network a pod waits and is told why, then it begins', async () => {
  pods.networkReady = false
  const condition = async () => (await kubectl.json<Node>(['get', 'node', name])).status?.conditions?.find(({ type }) => type === 'Ready')
  await waitUntil('the node to be not ready', async () => (await condition())?.status === 'False', { timeoutMs: 30_000, seen: condition })
  await run('waiting', { tolerations: [{ operator: 'Exists' }] })
  const words = 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized'
  await waitUntil('the event', async () => (await events('waiting')).includes(`NetworkNotReady: network is not ready: ${words}`), {
    seen: () => events('waiting'),
  })
  assert.equal(pods.sandboxOf('waiting'), undefined)
  pods.networkReady = true
  await ready('waiting')
})
