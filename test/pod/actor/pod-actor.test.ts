import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeAddresses } from '../../../actors/node/messages.ts'
import { kubeletRules } from '../../../actors/pod/kubelet-rules.ts'
import { type ContainerId, EngineError } from '../../../src/engine/engine.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'

const deleted = (pod: Pod, graceSeconds: number): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: graceSeconds },
})

test('a pod comes to Ready and tells the kubelet’s story', async () => {
  await using lab = await PodLab.open()
  lab.start(labPod())
  await lab.until('ready', () => lab.ready)
  assert.deepEqual(lab.events, [
    'Pulled: Container image "app:1" already present on machine',
    'Created: Created container: app',
    'Started: Started container app',
  ])
  assert.deepEqual(lab.engine.running(), ['app-0'])
  assert.deepEqual(lab.failures, [])
})

test('nothing is asked of the engine while nothing changes', async () => {
  await using lab = await PodLab.open()
  lab.start(labPod())
  await lab.until('ready', () => lab.ready)
  const before = lab.engine.calls.length
  await lab.pass(3_600_000)
  assert.equal(lab.engine.calls.length, before)
})

test('a crash loop restarts at once, then after 10 s, then after 20 s', async () => {
  await using lab = await PodLab.open()
  lab.start(labPod())
  await lab.until('ready', () => lab.ready)
  // More of the lab's time than `withinMs` does not pass, however late a busy machine comes to it.
  const restartsAfter = async (attempt: number, withinMs: number) => {
    const from = lab.clock.monotonic()
    lab.engine.exit('app', 1)
    await lab.until(`attempt ${attempt}`, () => lab.engine.running().includes(`app-${attempt}`), withinMs, 500)
    return lab.clock.monotonic() - from
  }
  await restartsAfter(1, 4_500)
  for (const [attempt, expected] of [
    [2, 10_000],
    [3, 20_000],
    [4, 40_000],
  ] as const) {
    const took = await restartsAfter(attempt, expected + 2_500)
    assert.ok(took >= expected, `attempt ${attempt} after ${took} ms`)
  }
  assert.equal(lab.events.filter((event) => event === 'BackOff: Back-off restarting failed container app in pod p_ns(uid-1)').length, 3)
  await lab.pass(600_000)
  // Ten minutes of good running forget the failures.
  await restartsAfter(5, 4_500)
})

test('an end that the engine dates years from now holds no restart up for years', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.start(labPod())
  await lab.until('ready', () => lab.ready)
  lab.engine.exit('app', 1)
  for (const state of lab.engine.containers.values()) state.finishedAt = Date.UTC(2999, 0, 1)
  await lab.until('another', () => lab.engine.running().includes('app-1'), 60_000, 500)
  lab.engine.exit('app', 1)
  for (const state of lab.engine.containers.values()) if (state.attempt === 1) state.finishedAt = Date.UTC(2999, 0, 1)
  await lab.until('a third', () => lab.engine.running().includes('app-2'), 60_000, 500)
})

test('a restart that is tried in a sandbox on its way out is no run: the one in the next sandbox is the first, and comes at once', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.start(labPod())
  await lab.until('ready', () => lab.ready)
  // The sandbox goes while the container is made anew in it, before anybody has told of it.
  lab.engine.gates.set('createContainer', async () => {
    lab.engine.gates.clear()
    for (const sandbox of lab.engine.sandboxes.values()) sandbox.ready = false
  })
  const from = lab.clock.monotonic()
  lab.engine.exit('app', 1)
  await lab.until('ready again', () => lab.ready && lab.engine.running().includes('app-1'), 120_000, 500)
  assert.ok(lab.clock.monotonic() - from < 5_000)
  assert.equal(lab.container('app')?.restartCount, 1)
  assert.equal(lab.engine.sandboxes.size, 2)
  assert.equal(lab.container('app')?.lastState?.terminated?.exitCode, 1)
  assert.deepEqual(
    lab.events.filter((event) => event.startsWith('Failed')),
    [],
  )
  await lab.pass(60_000)
  assert.equal(lab.container('app')?.restartCount, 1)
})

test('a missing secret holds the container with CreateContainerConfigError until it is there', async () => {
  await using lab = await PodLab.open()
  lab.start(labPod({}, { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }))
  await lab.until('the error', () => lab.container('app')?.state?.waiting?.reason === 'CreateContainerConfigError')
  assert.ok(lab.events.includes('Failed: Error: secret "s" not found'))
  assert.deepEqual(lab.sent[0], { type: 'AcquireObjects', uid: 'uid-1', refs: [{ kind: 'Secret', namespace: 'ns', name: 's' }] })
  const failures = () => lab.events.filter((event) => event.startsWith('Failed')).length
  await lab.pass(5_000)
  assert.equal(failures(), 1, 'no hot loop')
  await lab.pass(20_000)
  assert.ok(failures() >= 2, 'tried again by itself')
  lab.objects.set('Secret/s', { metadata: { name: 's' } })
  lab.send({ type: 'ObjectChanged', ref: { kind: 'Secret', namespace: 'ns', name: 's' } })
  await lab.until('ready', () => lab.ready, 0)
})

test('an image that cannot be pulled backs off and is told of as the kubelet does', async () => {
  await using lab = await PodLab.open()
  lab.engine.failures.set('pullImage', () => new EngineError('image-not-found', 'manifest unknown'))
  lab.start(labPod({}, { image: 'nowhere/app:1' }))
  await lab.until('ErrImagePull', () => lab.container('app')?.state?.waiting?.reason === 'ErrImagePull')
  await lab.until('ImagePullBackOff', () => lab.container('app')?.state?.waiting?.reason === 'ImagePullBackOff', 5_000)
  const pulls = () => lab.engine.calls.filter((call) => call.startsWith('pullImage')).length
  assert.equal(pulls(), 1)
  await lab.until('the second pull', () => pulls() === 2, 11_000)
  await lab.pass(19_000)
  assert.equal(pulls(), 2, 'the backoff doubles')
  await lab.until('the third pull', () => pulls() === 3, 3_000)
  lab.engine.failures.clear()
  await lab.until('ready', () => lab.ready, 60_000, 1_000)
  assert.equal(lab.pullsInHand, 0, 'every slot was given back')
  for (const expected of [
    'Pulling: Pulling image "nowhere/app:1"',
    'Failed: Failed to pull image "nowhere/app:1": manifest unknown',
    'Failed: Error: ErrImagePull',
    'BackOff: Back-off pulling image "nowhere/app:1"',
    'Failed: Error: ImagePullBackOff',
  ])
    assert.ok(lab.events.includes(expected), `${expected} in ${lab.events.join('\n')}`)
  assert.ok(
    lab.events.some((event) => /^Pulled: Successfully pulled image "nowhere\/app:1" in \S+ \(\S+ including waiting\)\. Image size: 1234 bytes\.$/.test(event)),
  )
})

test('a deletion interrupts a pull that hangs', async () => {
  await using lab = await PodLab.open()
  lab.engine.gates.set('pullImage', (signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))))
  const props = labPod({}, { image: 'slow:1' })
  lab.start(props)
  await lab.until('the pull', () => lab.engine.calls.some((call) => call.startsWith('pullImage')))
  lab.send({ type: 'PodChanged', pod: deleted(props.pod, 30) })
  await lab.until('the clean-up', () => lab.reports.at(-1)?.cleanedUp === true, 0)
  assert.equal(lab.pullsInHand, 0)
})

test('a deleted pod runs preStop, stops, leaves nothing, and is finished when it is gone', async () => {
  await using lab = await PodLab.open()
  const props = labPod({}, { lifecycle: { preStop: { sleep: { seconds: 5 } } } })
  lab.engine.stopDelayMs = 2_000
  lab.start(props)
  await lab.until('ready', () => lab.ready)
  const directory = join(lab.root, 'node/pods/uid-1')
  assert.ok(existsSync(join(directory, 'etc-hosts')))
  lab.send({ type: 'PodChanged', pod: deleted(props.pod, 30) })
  await lab.pass(4_900)
  assert.deepEqual(lab.engine.running(), ['app-0'])
  await lab.until('the clean-up', () => lab.reports.at(-1)?.cleanedUp === true, 3_000)
  assert.ok(lab.engine.calls.includes('stopContainer app 25'), lab.engine.calls.join())
  assert.equal(lab.engine.containers.size + lab.engine.sandboxes.size, 0)
  assert.equal(existsSync(directory), false)
  assert.equal(lab.container('app')?.state?.terminated?.exitCode, 143, 'the last status tells how it ended')
  assert.equal(lab.finished, false)
  lab.send({ type: 'PodRemoved' })
  await lab.until('the end', () => lab.finished, 0)
  assert.ok(lab.sent.some((message) => message.type === 'ReleaseObjects'))
  assert.ok(lab.events.includes('Killing: Stopping container app'))
})

test('a second, shorter grace shortens a termination under way', async () => {
  await using lab = await PodLab.open()
  const props = labPod()
  lab.engine.stopDelayMs = 1_000_000
  lab.start(props)
  await lab.until('ready', () => lab.ready)
  lab.send({ type: 'PodChanged', pod: deleted(props.pod, 300) })
  await lab.pass(10_000)
  assert.deepEqual(lab.engine.running(), ['app-0'])
  lab.send({ type: 'PodChanged', pod: deleted(props.pod, 3) })
  await lab.until('the clean-up', () => lab.reports.at(-1)?.cleanedUp === true, 4_000)
  assert.deepEqual(
    lab.engine.calls.filter((call) => call.startsWith('stopContainer')),
    ['stopContainer app 300', 'stopContainer app 3'],
  )
  assert.equal(lab.events.filter((event) => event.startsWith('Killing')).length, 1)
})

test('another incarnation of the actor adopts what runs: nothing is started, stopped or doubled', async () => {
  await using lab = await PodLab.open()
  const props = labPod({}, { readinessProbe: { exec: { command: ['true'] } } })
  lab.start(props)
  await lab.until('ready', () => lab.ready)
  const calls = lab.engine.calls.length
  lab.reports.length = 0
  await lab.restart({
    ...props.pod,
    status: lab.status ?? ({ containerStatuses: [{ name: 'app', ready: true, containerID: 'fake://app-0' }] } as Pod['status']),
  })
  await lab.until('a report', () => lab.reports.length > 0)
  assert.equal(lab.ready, true, 'and it stays ready')
  await lab.pass(60_000)
  assert.deepEqual([...new Set(lab.engine.calls.slice(calls))], ['podState'])
})

test('of a pod that the engine has nothing of it is asked only for what was made', async () => {
  await using lab = await PodLab.open()
  lab.start({ ...labPod(), unknownToEngine: true })
  await lab.until('ready', () => lab.ready)
  const { calls } = lab.engine
  assert.ok(calls.includes('runSandbox') && calls.indexOf('runSandbox') < calls.indexOf('podState'), calls.join(' '))
})

for (const change of ['created', 'started'] as const)
  test(`a container of which the engine says that it was ${change} while it is being started is looked at once, when it has started`, async () => {
    await using lab = await PodLab.open()
    const looks = () => lab.engine.calls.filter((call) => call === 'podState').length
    let before = 0
    lab.engine.gates.set('startContainer', async () => {
      before = looks()
      const container = lab.engine.containers.get('app-0' as ContainerId)
      assert.ok(container)
      const { pod, id, name } = container
      lab.send({ type: 'EngineChanged', event: { type: 'container', pod, id, name, change, at: lab.clock.wall() } })
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(looks(), before)
    })
    lab.start({ ...labPod(), unknownToEngine: true })
    await lab.until('ready', () => lab.ready)
    assert.equal(looks(), before + 1)
    assert.deepEqual(lab.failures, [])
  })

test('an actor restarted after its pod was removed goes on removing it', async () => {
  await using lab = await PodLab.open()
  const props = labPod()
  lab.engine.stopDelayMs = 5_000
  lab.start(props)
  await lab.until('ready', () => lab.ready)
  lab.send({ type: 'PodRemoved' })
  await lab.pass(1_000)
  await lab.restart(props.pod, true)
  await lab.until('the end', () => lab.finished)
  assert.equal(lab.engine.calls.filter((call) => call.startsWith('startContainer')).length, 1)
})

test('a failing postStart kills the container and is told of', async () => {
  await using lab = await PodLab.open()
  let failures = 1
  lab.engine.exec = async () => ({ exitCode: failures-- > 0 ? 1 : 0, stdout: '', stderr: 'no' })
  lab.start(labPod({}, { lifecycle: { postStart: { exec: { command: ['x'] } } } }))
  await lab.until('a restart', () => lab.engine.running().includes('app-1'), 0)
  assert.ok(lab.events.includes('FailedPostStartHook: PostStartHook failed'))
  assert.ok(lab.events.includes('Killing: FailedPostStartHook'))
})

test('a container is not ready before its postStart is done', async () => {
  await using lab = await PodLab.open()
  lab.start(labPod({}, { lifecycle: { postStart: { sleep: { seconds: 3 } } } }))
  await lab.until('running', () => lab.container('app')?.state?.running !== undefined)
  assert.equal(lab.ready, false)
  await lab.until('ready', () => lab.ready, 3_100)
})

test('startup gates liveness; a failed liveness kills and restarts the container', async () => {
  await using lab = await PodLab.open()
  const answers: Record<string, number> = { startup: 1, liveness: 0 }
  const asked: string[] = []
  lab.engine.exec = async (_, [command = '']) => {
    asked.push(command)
    return { exitCode: answers[command] ?? 0, stdout: `${command} output`, stderr: '' }
  }
  const probe = (command: string) => ({ exec: { command: [command] }, periodSeconds: 1, failureThreshold: 30 })
  lab.start(labPod({}, { startupProbe: probe('startup'), livenessProbe: { ...probe('liveness'), failureThreshold: 2 } }))
  await lab.until('running', () => lab.engine.running().length === 1)
  await lab.pass(3_000)
  assert.deepEqual([...new Set(asked)], ['startup'])
  answers.startup = 0
  await lab.until('liveness is asked', () => asked.includes('liveness'), 3_000)
  answers.liveness = 1
  await lab.until('a restart', () => lab.engine.running().includes('app-1'), 5_000)
  assert.ok(lab.events.includes('Unhealthy: Startup probe failed: startup output'))
  assert.equal(lab.events.filter((event) => event === 'Unhealthy: Liveness probe failed: liveness output').length, 2)
  assert.ok(lab.events.includes('Killing: Container app failed liveness probe, will be restarted'))
})

test('an engine that is away for a while breaks nothing', async () => {
  await using lab = await PodLab.open()
  for (const method of ['podState', 'runSandbox', 'createContainer', 'startContainer'])
    lab.engine.failures.set(method, () => new EngineError('unreachable', 'connection refused'))
  lab.start(labPod())
  await lab.pass(60_000)
  lab.engine.failures.delete('podState')
  await lab.until('the sandbox event', () => lab.events.includes('FailedCreatePodSandBox: Failed to create pod sandbox: connection refused'))
  lab.engine.failures.clear()
  await lab.until('ready', () => lab.ready)
  assert.deepEqual(lab.failures, [])
})

test('a bug fails the actor, for its supervisor to restart', async () => {
  await using lab = await PodLab.open()
  lab.engine.failures.set('podState', () => new TypeError('undefined is not a function'))
  lab.start(labPod())
  await lab.until('the failure', () => lab.failures.length > 0)
  assert.match(String(lab.failures[0]), /TypeError/)
})

test('the termination message is read from its file, at most 4096 bytes', async () => {
  await using lab = await PodLab.open()
  lab.start(labPod())
  await lab.until('ready', () => lab.ready)
  const file = lab.engine.containers
    .values()
    .next()
    .value?.mounts.find((mount) => mount.containerPath === '/dev/termination-log')?.hostPath
  await writeFile(file ?? '', 'x'.repeat(5000))
  const props = labPod()
  lab.send({ type: 'PodChanged', pod: deleted(props.pod, 1) })
  await lab.until('the clean-up', () => lab.reports.at(-1)?.cleanedUp === true)
  assert.equal(lab.container('app')?.state?.terminated?.message, 'x'.repeat(4096))
})

test('an evicted pod is stopped, leaves nothing on the node, stays Failed with what its containers said, and goes when it is deleted', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.start(labPod())
  await lab.until('ready', () => lab.ready)
  lab.send({ type: 'Evict', reason: 'Evicted', message: 'low on memory', graceSeconds: 1, disruption: true, reclaim: true })
  await lab.until('nothing is left', () => lab.engine.containers.size === 0 && lab.engine.sandboxes.size === 0)
  await lab.pass(60_000)
  assert.equal(lab.status?.phase, 'Failed')
  assert.equal(lab.status?.reason, 'Evicted')
  assert.ok(lab.container('app')?.state?.terminated, 'the container is told of as it ended')
  assert.deepEqual(await readdir(join(lab.root, 'node/pods')), [])
  lab.send({ type: 'PodChanged', pod: deleted(labPod().pod, 1) })
  await lab.until('the deletion', () => lab.reports.at(-1)?.cleanedUp === true)
})

test('what an ended pod left goes when the node asks for it; its status stays, and a pod that runs on is let alone', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const gone = () => lab.sent.filter(({ type }) => type === 'EvictedPodGone').length
  const props = labPod()
  lab.start({ ...props, pod: { ...props.pod, spec: { containers: [], ...props.pod.spec, restartPolicy: 'Never' } } })
  await lab.until('ready', () => lab.ready)
  const reclaim = { type: 'ReclaimEnded', informs: nodeAddresses.eviction } as const
  lab.send(reclaim)
  await lab.until('the answer', () => gone() === 1)
  assert.equal(lab.engine.running().length, 1)
  lab.engine.exit('app', 0)
  await lab.until('its end', () => lab.status?.phase === 'Succeeded')
  await lab.pass(1000)
  assert.equal(lab.engine.containers.size, 1, 'the dead container stays to be read')
  const before = lab.status
  lab.send(reclaim)
  await lab.until('nothing is left', () => gone() === 2)
  assert.deepEqual([lab.engine.containers.size, lab.engine.sandboxes.size, await readdir(join(lab.root, 'node/pods'))], [0, 0, []])
  assert.deepEqual(lab.status, before)
  lab.send({ type: 'PodChanged', pod: deleted(props.pod, 1) })
  await lab.until('the deletion', () => lab.reports.at(-1)?.cleanedUp === true)
})

test('a rejected pod runs nothing, is reported Failed, and goes when it is deleted', async () => {
  await using lab = await PodLab.open()
  const props = { ...labPod(), rejection: { reason: 'OutOfcpu', message: 'no room' } }
  lab.start(props)
  await lab.until('the report', () => lab.status?.phase === 'Failed')
  assert.deepEqual([lab.status?.reason, lab.engine.calls], ['OutOfcpu', ['podState']])
  lab.send({ type: 'PodChanged', pod: deleted(props.pod, 0) })
  await lab.until('the clean-up', () => lab.reports.at(-1)?.cleanedUp === true)
})

test('variables whose names are none are left out, and that is told', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.objects.set('Secret/keys', { data: { GOOD: 'MQ==', 'no=name': 'MQ==', 'none\n': 'MQ==' } })
  lab.start(labPod({}, { envFrom: [{ secretRef: { name: 'keys' } }] }))
  await lab.until('ready', () => lab.ready)
  const told =
    'InvalidEnvironmentVariableNames: Keys [no=name, none\n] from the EnvFrom of container app were skipped since they are considered invalid environment variable names.'
  assert.deepEqual(
    lab.events.filter((event) => event.startsWith('Invalid')),
    [told],
  )
})
