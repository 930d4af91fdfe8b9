/** A kubelet's node taken over with what runs on it: nothing restarts, nothing is doubled, and from then on all goes on. And what is left for a kubelet. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { criConnection } from '../../src/engine/cri/connection.ts'
import { createCriEngine } from '../../src/engine/cri/cri-engine.ts'
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts'
import type { ContainerEngine, EngineEvent, PodState } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { systemMounter } from '../../src/volumes/mounter.ts'
import { busyboxImage } from '../support/images.ts'
import { criMaker, dockerMaker, type KubeletMaker, type KubeletPod, kubeletHashes, layOut, logDirectory, podDirectory } from '../support/kubelet-made.ts'
import { condition, idle, podManifest, statusOf } from '../support/live-node.ts'
import { type NodeRuntime, nodeRuntime, stopRuntime } from '../support/node-runtime.ts'
import { SeparateNode } from '../support/separate-node.ts'
import { waitUntil } from '../support/wait-until.ts'

const nodeName = 'taken'
const otherImage = 'podsteward.test/busybox:taken'
const main = ['sh', '-c', 'echo here since the kubelet; trap "exit 0" TERM; while true; do sleep 1 & wait $!; done']
/** FNV-128a, of what only a kubelet knows. */
const staticUid = '8d2c1a0b9e7f6d5c4b3a29180f1e2d3c'

let runtime: NodeRuntime
let node: SeparateNode
let engine: ContainerEngine
let maker: KubeletMaker
const closing: (() => void | PromiseLike<void>)[] = []

before(async () => {
  runtime = await nodeRuntime()
  const [, endpoint = ''] = runtime.flags
  const own = runtime.docker ? { dockerEndpoint: endpoint } : { dockerEndpoint: undefined, containerRuntimeEndpoint: endpoint }
  node = await SeparateNode.start(nodeName, (state) => ({
    ...own,
    address: '0.0.0.0',
    clientCaFile: join(state, 'ca.crt'),
    podManifestPath: join(state, 'manifests'),
  }))
  const tools = { endpoint, clock: systemClock, log: silentLogger }
  engine = runtime.docker ? createDockerEngine(tools) : createCriEngine(tools)
  closing.push(() => engine[Symbol.asyncDispose]())
  const image = (await engine.imageState(busyboxImage))?.id ?? ''
  if (runtime.docker) maker = dockerMaker(runtime.docker, image)
  else {
    const connection = criConnection({ ...tools, concurrency: 8, timeoutMs: 120_000 })
    closing.push(() => connection.close())
    maker = criMaker(connection, image)
  }
  await runtime.tag(busyboxImage, otherImage)
})
after(async () => {
  for (const uid of (await engine?.listPods())?.map(({ pod }) => pod.uid) ?? [])
    for (const { id } of (await engine.podState(uid)).sandboxes) {
      await engine.stopSandbox(id)
      await engine.removeSandbox(id)
    }
  await node?.[Symbol.asyncDispose]()
  for (const close of closing) await close()
  await stopRuntime()
})

const root = () => join(node.state, 'node')
const kubeletPod = (uid: string, name: string, source: string): KubeletPod => ({
  ...{ uid, name, root: root(), logs: join(root(), 'logs') },
  annotations: { 'kubernetes.io/config.seen': new Date(Date.now() + 1_000).toISOString(), 'kubernetes.io/config.source': source },
})

/** Bound to the node before any agent is there: what a kubelet has of it is made by hand. */
async function kubeletsPod(): Promise<KubeletPod> {
  await node.kubectl.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret' }, stringData: { key: 'as it was' } }))
  const mounts = [
    { name: 'data', mountPath: '/data' },
    { name: 'secret', mountPath: '/secret', readOnly: true },
    { name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
  ]
  const containers = [{ name: 'main', command: main, volumeMounts: mounts }]
  const initContainers = [
    { name: 'setup', command: ['true'], volumeMounts: mounts },
    { name: 'side', command: idle, restartPolicy: 'Always', volumeMounts: mounts },
  ]
  const volumes = [
    { name: 'data', emptyDir: {} },
    { name: 'secret', secret: { secretName: 'secret' } },
    { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }] } },
  ]
  const spec = { nodeName, automountServiceAccountToken: false, containers, initContainers, volumes }
  await node.kubectl.apply(JSON.stringify(podManifest('kept', spec)))
  const { metadata } = await node.pod('kept')
  const pod = kubeletPod(metadata?.uid ?? '', 'kept', 'api')
  await layOut(pod, 'a token of the kubelet')
  return pod
}

async function run(pod: KubeletPod) {
  const sandbox = await maker.sandbox(pod)
  const setup = await maker.container(pod, sandbox, { name: 'setup', attempt: 0, command: ['true'] })
  await maker.ended(setup)
  const side = await maker.container(pod, sandbox, { name: 'side', attempt: 0, command: idle })
  const before = await maker.container(pod, sandbox, { name: 'main', attempt: 1, command: ['sh', '-c', 'echo the one before; exit 3'] })
  await maker.ended(before)
  const now = await maker.container(pod, sandbox, { name: 'main', attempt: 2, command: main })
  return { setup, side, before, main: now }
}

/** What a kubelet had told of it: the end of the list is what an agent adds by itself. */
function reported(pod: KubeletPod, ids: Awaited<ReturnType<typeof run>>, state: PodState): string {
  const scheme = runtime.kind
  const of = (id: string) => state.containers.find((each) => each.id === id)
  const at = (time: number | undefined) => new Date(time ?? 0).toISOString().replace(/\.\d+Z/, 'Z')
  const running = (id: string, name: string, restartCount: number) => ({
    ...{ name, restartCount, ready: true, started: true, image: busyboxImage, imageID: of(id)?.imageId ?? '', containerID: `${scheme}://${id}` },
    state: { running: { startedAt: at(of(id)?.startedAt) } },
  })
  const ended = (id: string, exitCode: number) => ({
    terminated: {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      containerID: `${scheme}://${id}`,
      startedAt: at(of(id)?.startedAt),
      finishedAt: at(of(id)?.finishedAt),
    },
  })
  const since = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z/, 'Z')
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({ type, status: 'True', lastTransitionTime: since }))
  const status = {
    ...{ phase: 'Running', conditions, startTime: since, podIP: state.sandboxes[0]?.ips[0], podIPs: [{ ip: state.sandboxes[0]?.ips[0] }] },
    initContainerStatuses: [{ ...running(ids.setup, 'setup', 0), started: false, state: ended(ids.setup, 0) }, running(ids.side, 'side', 0)],
    containerStatuses: [{ ...running(ids.main, 'main', 2), lastState: ended(ids.before, 3) }],
  }
  assert.equal(pod.name, 'kept')
  return JSON.stringify({ status })
}

const brief = ({ sandboxes, containers }: PodState) => [
  ...sandboxes.map(({ id, ready, pid, attempt }) => ({ id, ready, pid, attempt })),
  ...containers.map(({ id, name, attempt, state, startedAt, pid, exitCode }) => ({ id, name, attempt, state, startedAt, pid, exitCode })),
]

test('pods that a kubelet left running go on: none restarts, none is doubled, and updates, crashes and deletions work from then on', async () => {
  // A static pod beside it, whose uid nobody but a kubelet can work out.
  const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'cp' }, spec: { containers: [{ name: 'main', image: busyboxImage, command: main }] } }
  await writeFile(join(node.state, 'manifests/cp.yaml'), JSON.stringify(manifest))
  const pod = await kubeletsPod()
  const staticPod = kubeletPod(staticUid, `cp-${nodeName}`, 'file')
  await layOut(staticPod, 'none')
  const ids = await run(pod)
  await maker.container(staticPod, await maker.sandbox(staticPod), { name: 'main', attempt: 0, command: main })
  const [uid, uidOfStatic] = [podUid(pod.uid), podUid(staticUid)]
  const found = await engine.podState(uid)
  const foundStatic = await engine.podState(uidOfStatic)
  assert.deepEqual(
    found.containers.map(({ name, attempt, state }) => `${name} ${attempt} ${state}`),
    ['main 2 running', 'main 1 exited', 'setup 0 exited', 'side 0 running'],
  )
  await node.kubectl.ok(['patch', 'pod', 'kept', '--subresource=status', '--type=merge', '-p', reported(pod, ids, found)])
  const secret = join(podDirectory(pod), 'volumes/kubernetes.io~secret/secret')
  const shownBefore = await readlink(join(secret, '..data'))
  const events: EngineEvent[] = []
  const watching = new AbortController()
  const watched = (async () => {
    for await (const event of engine.events(watching.signal)) events.push(event)
  })().catch(() => {})

  await node.startAgent()
  await node.untilNodeReady()
  const status = (await node.until('kept', 'to be told of by the agent', (each) => condition(each, 'PodReadyToStartContainers')?.status === 'True')).status
  const mirror = await node.until(`cp-${nodeName}`, 'to be shown', (each) => each.status?.containerStatuses?.[0]?.ready === true)

  assert.deepEqual(brief(await engine.podState(uid)), brief(found))
  assert.deepEqual(brief(await engine.podState(uidOfStatic)), brief(foundStatic))
  const seen = () => events.filter((event) => event.type !== 'resync')
  assert.deepEqual(seen(), [], 'nothing was made, started or ended')
  assert.equal(mirror.metadata?.annotations?.['kubernetes.io/config.mirror'], staticUid)
  const taken: Pod = { status } as Pod
  assert.deepEqual([status?.phase, condition(taken, 'Ready')?.status, statusOf(taken, 'main')?.restartCount], ['Running', 'True', 2])
  for (const name of ['main', 'side', 'setup'] as const) assert.equal(statusOf(taken, name)?.containerID, `${runtime.kind}://${ids[name]}`, name)
  assert.equal(statusOf(taken, 'main')?.lastState?.terminated?.exitCode, 3)
  assert.equal(statusOf(taken, 'main')?.image, busyboxImage)
  assert.equal(statusOf(taken, 'setup')?.state?.terminated?.reason, 'Completed')
  assert.ok(Date.parse(String(condition(taken, 'Ready')?.lastTransitionTime)) < Date.now() - 30_000, 'it has been Ready all the time')
  assert.match(await node.kubectl.ok(['logs', 'kept', '-c', 'main']), /here since the kubelet/)
  assert.match(await node.kubectl.ok(['logs', 'kept', '-c', 'main', '--previous']), /the one before/)
  assert.equal(await readlink(join(secret, '..data')), shownBefore, 'a secret that is what it was is not written anew')
  assert.equal((await runtime.exec(ids.main, ['cat', '/data/kept'])).output, 'since the kubelet')

  // An update reaches the volume that the kubelet mounted.
  await node.kubectl.ok(['patch', 'secret', 'secret', '-p', JSON.stringify({ stringData: { key: 'another' } })])
  await waitUntil('the secret in the container', async () => (await runtime.exec(ids.main, ['cat', '/secret/key'])).output === 'another', { timeoutMs: 60_000 })
  assert.deepEqual(
    seen().filter(({ type, pod: of }) => type === 'sandbox' && of.uid === uid),
    [],
  )

  // Another image: this container alone begins anew.
  await node.kubectl.ok(['set', 'image', 'pod/kept', `main=${otherImage}`])
  const updated = await node.until(
    'kept',
    'to run the other image',
    (each) => statusOf(each, 'main')?.restartCount === 3 && statusOf(each, 'main')?.ready === true,
  )
  assert.equal(statusOf(updated, 'side')?.containerID, `${runtime.kind}://${ids.side}`)
  // containerd tells any name that the image has.
  if (runtime.docker) assert.equal(statusOf(updated, 'main')?.image, otherImage)
  // A crash.
  await runtime.kill(statusOf(updated, 'main')?.containerID?.split('//')[1] ?? '')
  await node.until('kept', 'to be back after a crash', (each) => statusOf(each, 'main')?.restartCount === 4 && statusOf(each, 'main')?.ready === true, 60_000)
  const now = await engine.podState(uid)
  assert.deepEqual([now.sandboxes.length, now.containers.find(({ name }) => name === 'main')?.attempt], [1, 4])
  assert.ok(existsSync(join(logDirectory(pod), 'main/4.log')))

  await node.kubectl.ok(['delete', 'pod', 'kept', '--wait', '--timeout=60s'])
  await waitUntil('nothing to be left of it', () => !existsSync(podDirectory(pod)) && !existsSync(logDirectory(pod)), { timeoutMs: 30_000 })
  assert.deepEqual((await engine.podState(uid)).containers, [])
  assert.deepEqual(await systemMounter.mountPointsWithin?.(podDirectory(pod)), [])
  assert.deepEqual(brief(await engine.podState(uidOfStatic)), brief(foundStatic))
  watching.abort()
  await watched
  await node.stopAgent()
})

test('what the agent leaves is what a kubelet makes: it runs on, with the kubelet’s names, labels, hashes and places', async () => {
  await node.startAgent()
  await node.untilNodeReady()
  const port = { containerPort: 80, name: 'web', protocol: 'TCP' }
  const lifecycle = { preStop: { exec: { command: ['true'] } } }
  const metadata = { labels: { app: 'made' }, annotations: { note: 'the pod’s own' } }
  const spec = {
    nodeName,
    automountServiceAccountToken: false,
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
    ],
  }
  const mounts = [
    { name: 'data', mountPath: '/data' },
    { name: 'memory', mountPath: '/memory' },
  ]
  const containers = [{ name: 'main', command: main, ports: [port], lifecycle, volumeMounts: mounts }]
  await node.kubectl.apply(JSON.stringify(podManifest('made', { ...spec, containers }, metadata)))
  const pod = await node.until('made', 'to be Ready', (each) => condition(each, 'Ready')?.status === 'True')
  const uid = podUid(pod.metadata?.uid ?? '')
  const before = await engine.podState(uid)
  await node.stopAgent()
  const left = await engine.podState(uid)
  assert.deepEqual(brief(left), brief(before), 'the agent’s end ends nothing')

  const [sandbox] = left.sandboxes
  const [container] = left.containers
  assert.ok(sandbox && container)
  assert.deepEqual(sandbox.labels, { app: 'made' })
  const { 'kubernetes.io/config.seen': seen, 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = sandbox.annotations
  assert.match(seen ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  assert.deepEqual(annotations, { 'kubernetes.io/config.source': 'api', note: 'the pod’s own' })
  assert.equal(sandbox.attempt, 0)
  assert.deepEqual(container.annotations, {
    'io.kubernetes.container.hash': kubeletHashes.main,
    'io.kubernetes.container.restartCount': '0',
    'io.kubernetes.container.terminationMessagePath': '/dev/termination-log',
    'io.kubernetes.container.terminationMessagePolicy': 'File',
    'io.kubernetes.pod.terminationGracePeriod': '1',
    'io.kubernetes.container.preStopHandler': container.annotations['io.kubernetes.container.preStopHandler'],
    'io.kubernetes.container.ports': container.annotations['io.kubernetes.container.ports'],
  })
  assert.deepEqual(JSON.parse(container.annotations['io.kubernetes.container.preStopHandler'] ?? ''), { exec: { command: ['true'] } })
  assert.deepEqual(JSON.parse(container.annotations['io.kubernetes.container.ports'] ?? ''), [port])
  const directory = join(root(), 'pods', uid)
  const lastWords = container.mounts.find(({ containerPath }) => containerPath === '/dev/termination-log')?.hostPath ?? ''
  assert.match(lastWords.slice(directory.length), /^\/containers\/main\/[0-9a-f]{8}$/)
  assert.deepEqual(Object.fromEntries(container.mounts.map(({ hostPath, containerPath }) => [containerPath, hostPath])), {
    '/data': join(directory, 'volumes/kubernetes.io~empty-dir/data'),
    '/memory': join(directory, 'volumes/kubernetes.io~empty-dir/memory'),
    '/dev/termination-log': lastWords,
    '/etc/hosts': join(directory, 'etc-hosts'),
  })
  assert.deepEqual((await readdir(directory)).sort(), ['containers', 'etc-hosts', 'plugins', 'volumes'])
  for (const name of ['data', 'memory']) assert.ok(existsSync(join(directory, 'plugins/kubernetes.io~empty-dir', name, 'ready')), name)
  const logs = join(root(), 'logs', `default_made_${uid}`)
  assert.equal(container.logPath, join(logs, 'main/0.log'))
  assert.match(await readFile(join(logs, 'main/0.log'), 'utf8'), /here since the kubelet/)
  // Beside what a kubelet has there, one folder.
  const kubelets = new Set([
    'pods',
    'plugins',
    'plugins_registry',
    'pki',
    'logs',
    'containers',
    'config.json',
    'checkpoints',
    'device-plugins',
    'pod-resources',
  ])
  assert.deepEqual(
    (await readdir(root())).filter((name) => !kubelets.has(name)),
    ['podsteward'],
  )
})

test('what a kubelet keeps in its root directory is left as it is', async () => {
  const files = ['cpu_manager_state', 'memory_manager_state', 'allocated_pods_state', 'actuated_pods_state', 'pod_status_manager_state', 'dra_manager_state']
  const inside = [
    'image_manager/pulled/sha256-00',
    'device-plugins/kubelet_internal_checkpoint',
    'plugins/kubernetes.io/x/note',
    'kubeadm-flags.env',
    'config.yaml',
  ]
  const content = (name: string) => JSON.stringify({ of: name, checksum: 7 })
  for (const name of [...files, ...inside]) {
    await mkdir(join(root(), name, '..'), { recursive: true })
    await writeFile(join(root(), name), content(name))
  }
  await node.startAgent()
  await node.untilNodeReady()
  await node.until('made', 'to be Ready', (each) => condition(each, 'Ready')?.status === 'True')
  await node.stopAgent()
  for (const name of [...files, ...inside]) assert.equal(await readFile(join(root(), name), 'utf8'), content(name), name)
})
