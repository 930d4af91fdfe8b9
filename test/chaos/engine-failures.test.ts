/** The engine under an agent dies, hangs and comes back: no container that was well is touched, nothing runs twice, and the node says how it is. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Agent, startAgent } from '../../src/agent/agent.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { writeFile as writeIn } from '../../src/cli/controlplane.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { startControlPlane } from '../../src/controlplane/start.ts'
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts'
import type { ContainerId } from '../../src/engine/engine.ts'
import type { CoreEvent, Lease, Node, Pod } from '../../src/kube/objects.ts'
import { startDockerd, type TestDockerd } from '../support/dockerd.ts'
import { busyboxImage, ensureBusybox } from '../support/images.ts'
import { Kubectl } from '../support/kubectl.ts'
import { waitUntil } from '../support/wait-until.ts'

// Containers live on while their daemon is away.
const flags = ['--live-restore']
const sleeper = 'trap "exit 0" TERM; n=0; while true; do n=$((n+1)); echo tick $n; sleep 1 & wait $!; done'
const name = 'engine-chaos'

let root: string
let daemon: TestDockerd
let controlPlane: Awaited<ReturnType<typeof startControlPlane>>
let agent: Agent
let kubectl: Kubectl

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'engine-chaos-'))
  daemon = await startDockerd({ root: join(root, 'docker'), beside: true, flags })
  await ensureBusybox(daemon.socketPath)
  controlPlane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
  kubectl = new Kubectl(writeIn(root, 'admin', controlPlane.adminKubeconfig))
  const config = resolveAgentConfig({
    ...{ kubeconfig: writeIn(root, 'node.kubeconfig', await controlPlane.nodeKubeconfig(name)), hostnameOverride: name },
    ...{ rootDir: join(root, 'node'), podLogsDir: join(root, 'logs'), dockerEndpoint: `unix://${daemon.socketPath}` },
    ...{ actorThreads: '2', port: '0', healthzPort: '0', cadvisorPort: '0' },
  })
  agent = await startAgent(config, { clock: systemClock, log: silentLogger })
  await kubectl.ok(['wait', '--for=create', `node/${name}`, '--timeout=60s'])
  await kubectl.ok(['wait', '--for=condition=Ready', `node/${name}`, '--timeout=60s'])
})
after(async () => {
  await kubectl?.run(['delete', 'pods', '--all', '--timeout=30s', '--grace-period=1'])
  await agent?.[Symbol.asyncDispose]()
  await controlPlane?.[Symbol.asyncDispose]()
  await daemon?.[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})

const signal = (pid: number, what: NodeJS.Signals) => process.kill(pid, what)
/** 0 while there is none: dockerd takes longer with each death to begin another. */
async function containerdPid(): Promise<number> {
  const pid = Number(await readFile(join(root, 'docker', 'exec', 'containerd', 'containerd.pid'), 'utf8').catch(() => ''))
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return state.includes('containerd') && !/\) Z /.test(state) ? pid : 0
}
const descriptors = () => readdirSync('/proc/self/fd').length

interface Probed {
  readonly id: string
  readonly restarts: number
}

async function statusOf(pod: string): Promise<Probed> {
  const status = (await kubectl.json<Pod>(['get', 'pod', pod])).status?.containerStatuses?.[0]
  return { id: status?.containerID?.replace('docker://', '') ?? '', restarts: status?.restartCount ?? -1 }
}

async function eventsOf(pod: string): Promise<string[]> {
  const { items } = await kubectl.json<{ items: CoreEvent[] }>(['get', 'events', '--field-selector', `involvedObject.name=${pod}`])
  return items.map(({ reason, message }) => `${reason}: ${message}`)
}

/** Its liveness probe kills it at the first failure. */
async function aHealthyPod(pod: string): Promise<Probed> {
  await kubectl.apply(`
apiVersion: v1
kind: Pod
metadata: { name: ${pod} }
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 1
  containers:
    - name: c
      image: "${busyboxImage}"
      command: [sh, -c, '${sleeper}']
      livenessProbe: { exec: { command: ["true"] }, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 1 }
      readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1, timeoutSeconds: 2 }
`)
  await kubectl.ok(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=60s'])
  return statusOf(pod)
}

/** It is as it was, its probes go on, and it was never about to be killed. */
async function assertUntouched(pod: string, before: Probed): Promise<void> {
  await kubectl.ok(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=60s'])
  assert.deepEqual(await statusOf(pod), before)
  const killed = (await eventsOf(pod)).filter((event) => event.startsWith('Killing') || /Liveness probe failed/.test(event))
  assert.deepEqual(killed, [])
}

const readiness = async () => (await kubectl.json<Node>(['get', 'node', name])).status?.conditions?.find(({ type }) => type === 'Ready')
const renewal = async () => (await kubectl.json<Lease>(['get', 'lease', name, '-n', 'kube-node-lease'])).spec?.renewTime

test('containerd is killed, twice, and stopped: what the engine could not run is no verdict on a healthy container', async () => {
  const before = await aHealthyPod('healthy')
  for (let round = 0; round < 2; round += 1) {
    await waitUntil('containerd', async () => (await containerdPid()) > 0, { timeoutMs: 60_000 })
    signal(await containerdPid(), 'SIGKILL')
    await pause(1_500)
  }
  await waitUntil('containerd to be back', async () => (await containerdPid()) > 0, { timeoutMs: 60_000 })
  await assertUntouched('healthy', before)
  const pid = await containerdPid()
  signal(pid, 'SIGSTOP')
  await pause(8_000)
  signal(pid, 'SIGCONT')
  await pause(3_000)
  await assertUntouched('healthy', before)
})

test('dockerd that hangs makes the node not ready within 30 s while its lease goes on, and ready when it answers', async () => {
  const before = await aHealthyPod('patient')
  const held = descriptors()
  const renewed = await renewal()
  signal(daemon.pid, 'SIGSTOP')
  try {
    const began = performance.now()
    await waitUntil('the node to be not ready', async () => (await readiness())?.status === 'False', { timeoutMs: 45_000 })
    assert.ok(performance.now() - began < 35_000, `${performance.now() - began} ms`)
    const ready = await readiness()
    assert.deepEqual([ready?.reason, ready?.message], ['KubeletNotReady', 'container runtime is down'])
    assert.notEqual(await renewal(), renewed)
  } finally {
    signal(daemon.pid, 'SIGCONT')
  }
  await waitUntil('the node to be ready', async () => (await readiness())?.status === 'True', { timeoutMs: 30_000 })
  await assertUntouched('patient', before)
  await waitUntil('what was asked meanwhile to be over', () => descriptors() <= held + 20, { timeoutMs: 60_000, seen: descriptors })
})

test('dockerd is killed and begun anew: containers that outlive it are adopted, a followed log goes on, and a hook does not run twice', async () => {
  const before = await aHealthyPod('adopted')
  const marks = join(root, 'marks')
  await writeFile(marks, '')
  await kubectl.apply(`
apiVersion: v1
kind: Pod
metadata: { name: hooked }
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 1
  volumes: [{ name: m, hostPath: { path: "${marks}" } }]
  containers:
    - name: c
      image: "${busyboxImage}"
      command: [sh, -c, '${sleeper}']
      volumeMounts: [{ name: m, mountPath: /marks }]
      lifecycle: { postStart: { exec: { command: [sh, -c, "echo begun >> /marks; sleep 4; echo ended >> /marks"] } } }
`)
  const engine = createDockerEngine({ endpoint: `unix://${daemon.socketPath}`, clock: systemClock, log: silentLogger })
  const following = new AbortController()
  const ticks: number[] = []
  const reading = (async () => {
    for await (const piece of engine.logs(before.id as ContainerId, { follow: true, signal: following.signal }))
      ticks.push(
        ...[
          ...Buffer.from(piece)
            .toString()
            .matchAll(/tick (\d+)/g),
        ].map(([, n]) => Number(n)),
      )
  })()
  await waitUntil('the hook to have begun', async () => (await readFile(marks, 'utf8')).includes('begun'), { timeoutMs: 40_000 })
  signal(daemon.pid, 'SIGKILL')
  await pause(2_000)
  daemon = await startDockerd({ root: join(root, 'docker'), beside: true, flags })
  const last = ticks.at(-1) ?? 0
  await waitUntil('the log to go on', () => (ticks.at(-1) ?? 0) > last + 2, { timeoutMs: 30_000, seen: () => ticks.length })
  following.abort()
  await reading
  await engine[Symbol.asyncDispose]()
  assert.deepEqual(
    ticks,
    ticks.map((_, n) => (ticks[0] ?? 0) + n),
    'each line once',
  )
  await kubectl.ok(['wait', '--for=condition=Ready', 'pod/hooked', '--timeout=60s'])
  await waitUntil('the hook to have ended', async () => (await readFile(marks, 'utf8')).includes('ended'), { timeoutMs: 20_000 })
  assert.equal(await readFile(marks, 'utf8'), 'begun\nended\n')
  assert.equal((await statusOf('hooked')).restarts, 0)
  await assertUntouched('adopted', before)
})
