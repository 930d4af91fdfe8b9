/** The pod actor on a real Docker Engine, in the real kernel, with node-level actors of a few lines. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createActorSystem } from '../../../actors/kernel/actor-system.ts'
import type { Message, Roster } from '../../../actors/kernel/types.ts'
import { nodeAddresses, type RecordEvent } from '../../../actors/node/messages.ts'
import { type PodMessage, type PodStatusReport, podAddress } from '../../../actors/pod/messages.ts'
import { podRoster } from '../../../src/agent/pod-roster.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { resolveAgentConfig } from '../../../src/config/resolve.ts'
import { createDockerEngine } from '../../../src/engine/docker/docker-engine.ts'
import { podUid } from '../../../src/kube/ids.ts'
import { busyboxImage, ensureBusybox } from '../../support/images.ts'
import { labPod } from '../../support/pod-lab.ts'
import { smallPodRules } from '../../support/small-pod-rules.ts'
import { testDockerSocket } from '../../support/test-docker.ts'
import { waitUntil } from '../../support/wait-until.ts'

const uid = podUid(`pod-actor-${process.pid}`)

test('on Docker a pod comes to Ready, restarts what dies, and leaves nothing', async () => {
  await ensureBusybox(testDockerSocket())
  const root = await mkdtemp(join(tmpdir(), 'pod-on-docker-'))
  const endpoint = `unix://${testDockerSocket()}`
  const engine = createDockerEngine({ endpoint, clock: systemClock, log: silentLogger })
  const config = { ...resolveAgentConfig({}, undefined), rootDirectory: join(root, 'node'), podLogsDirectory: join(root, 'logs') }
  const roster = podRoster({ rules: smallPodRules, createEngine: async () => engine, keepEngine: true })
  const system = await createActorSystem({
    threads: 0,
    roster: roster as unknown as Roster<never>,
    rosterConfig: config,
    clock: systemClock,
    log: silentLogger,
  })
  const listening = new AbortController()
  const reports: PodStatusReport[] = []
  const events: string[] = []
  const finished: Message[] = []
  try {
    const answers = (message: Message) => {
      if (message.type === 'GetNode') return { node: { metadata: {} }, hostIps: [] }
      return message.type === 'ListServices' ? { services: [] } : undefined
    }
    system.spawnLocal(nodeAddresses.objects, () => ({ receive: answers }))
    system.spawnLocal(nodeAddresses.imagePulls, () => ({ receive: () => ({ waitedMs: 0 }) }))
    system.spawnLocal(nodeAddresses.eventRecorder, () => ({ receive: (message) => void events.push((message as RecordEvent).message) }))
    system.spawnLocal(nodeAddresses.director, () => ({ receive: (message) => void finished.push(message) }))
    system.spawnLocal(nodeAddresses.statusReporter, () => ({ receive: (message) => void reports.push(message as PodStatusReport) }))
    const at = podAddress(uid)
    const tell = (message: PodMessage) => system.send(at, message)
    void (async () => {
      for await (const event of engine.events(listening.signal)) if (event.type !== 'resync' && event.pod.uid === uid) tell({ type: 'EngineChanged', event })
    })()
    const command = ['sh', '-c', 'trap "echo bye > /dev/termination-log; exit 0" TERM; while true; do sleep 0.1; done']
    const readinessProbe = { exec: { command: ['grep', 'Kubernetes-managed', '/etc/hosts'] }, periodSeconds: 1 }
    const { pod } = labPod({}, { image: busyboxImage, imagePullPolicy: 'IfNotPresent', command, readinessProbe })
    system.spawn({ address: at, kind: 'pod', props: { uid, origin: 'api', pod: { ...pod, metadata: { ...pod.metadata, uid } } } })
    const status = () => reports.at(-1)?.status
    const options = { timeoutMs: 20_000, seen: () => ({ events, status: status() }) }
    const ready = () => status()?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')
    await waitUntil('ready', ready, options)
    const [first] = (await engine.podState(uid)).containers
    assert.ok(first)
    await engine.stopContainer(first.id, 5)
    await waitUntil('the restart', () => status()?.containerStatuses?.[0]?.restartCount === 1 && ready(), options)
    tell({ type: 'PodRemoved', graceSeconds: 5 })
    await waitUntil('the end', () => finished.length > 0, options)
    const left = await engine.podState(uid)
    assert.deepEqual([left.sandboxes.length, left.containers.length, existsSync(join(root, 'node/pods', uid))], [0, 0, false])
  } finally {
    listening.abort()
    await system[Symbol.asyncDispose]()
    const left = await engine.podState(uid)
    for (const container of left.containers) await engine.removeContainer(container.id).catch(() => {})
    for (const sandbox of left.sandboxes) await engine.removeSandbox(sandbox.id).catch(() => {})
    await engine[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  }
})
