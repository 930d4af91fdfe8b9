import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kubeletRules } from '../../../actors/pod/kubelet-rules.ts'
import type { PodActorProps } from '../../../actors/pod/messages.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'

const deletion = (props: PodActorProps, graceSeconds: number) =>
  ({
    ...props.pod,
    metadata: { ...props.pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: graceSeconds },
  }) as PodActorProps['pod']
const sidecar = (name: string, more: object = {}) => ({ name, image: 'app:1', restartPolicy: 'Always', ...more })
const running = (lab: PodLab) => lab.engine.running().map((id) => id.replace(/-\d+$/, ''))
const stops = (lab: PodLab) => lab.engine.calls.filter((call) => call.startsWith('stopContainer')).map((call) => call.split(' ')[1])

test('sidecars stop after the main container, the last to start first; their preStop does not wait', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.engine.stopDelayMs = 5_000
  const hooks: string[] = []
  lab.engine.exec = async (id) => {
    hooks.push(id)
    return { exitCode: 0, stdout: '', stderr: '' }
  }
  const preStop = { lifecycle: { preStop: { exec: { command: ['bye'] } } } }
  const props = labPod({ initContainers: [sidecar('first', preStop), sidecar('second')] as never }, preStop)
  lab.start(props)
  await lab.until('all run', () => running(lab).length === 3)
  lab.send({ type: 'PodChanged', pod: deletion(props, 30) })
  await lab.until('the main container is told to stop', () => stops(lab).length === 1)
  assert.deepEqual(stops(lab), ['app'])
  assert.deepEqual(hooks.toSorted(), ['app-0', 'first-0'])
  await lab.until('all is gone', () => lab.engine.containers.size + lab.engine.sandboxes.size === 0)
  assert.deepEqual(stops(lab), ['app', 'second', 'first'])
})

test('a sidecar whose turn never comes is stopped when the grace is over', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const held = Promise.withResolvers<void>()
  lab.engine.gates.set('stopContainer/app 5', () => held.promise)
  const props = labPod({ initContainers: [sidecar('s')] as never })
  lab.start(props)
  await lab.until('both run', () => running(lab).length === 2)
  lab.send({ type: 'PodChanged', pod: deletion(props, 5) })
  await lab.pass(4_000)
  assert.ok(running(lab).includes('s'))
  await lab.until('it stops', () => !running(lab).includes('s'), 5_000)
  held.resolve()
  await lab.until('all is gone', () => lab.engine.containers.size === 0)
})

test('a pod whose main containers are done stops its sidecars, and then only is Succeeded', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.engine.stopDelayMs = 3_000
  lab.start(labPod({ restartPolicy: 'Never', initContainers: [sidecar('s')] as never }))
  await lab.until('both run', () => running(lab).length === 2)
  lab.engine.exit('s', 1)
  await lab.until('the sidecar runs again, Never or not', () => lab.engine.running().includes('s-1'))
  lab.engine.exit('app', 0)
  await lab.pass()
  assert.equal(lab.status?.phase, 'Running')
  await lab.until('Succeeded', () => lab.status?.phase === 'Succeeded')
  assert.deepEqual(running(lab), [])
  await lab.until('its sandbox is stopped', () => [...lab.engine.sandboxes.values()].every((each) => !each.ready))
})

test('a container of which the engine knows nothing, and which it cannot stop, does not keep the pod from ending', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = labPod()
  lab.start(props)
  await lab.until('it runs', () => running(lab).length === 1)
  for (const container of lab.engine.containers.values()) container.state = 'unknown'
  lab.engine.failures.set('stopContainer', () => new EngineError('internal', 'dead'))
  lab.send({ type: 'Resync' })
  lab.send({ type: 'PodChanged', pod: deletion(props, 30) })
  await lab.until('all is gone', () => lab.engine.containers.size + lab.engine.sandboxes.size === 0)
})

test('a shorter grace ends a preStop that hangs', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = labPod({}, { lifecycle: { preStop: { sleep: { seconds: 200 } } } })
  lab.start(props)
  await lab.until('it runs', () => running(lab).length === 1)
  lab.send({ type: 'PodChanged', pod: deletion(props, 300) })
  await lab.pass(10_000)
  assert.deepEqual(stops(lab), [])
  lab.send({ type: 'PodChanged', pod: deletion(props, 3) })
  await lab.until('it is gone', () => lab.engine.containers.size === 0, 4_000)
  assert.deepEqual(
    lab.engine.calls.filter((call) => call.startsWith('stopContainer')),
    ['stopContainer app 2'],
  )
})

test('a shorter grace reaches a kill that was under way before the deletion', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.engine.stopDelayMs = 1_000_000
  lab.engine.exec = async () => ({ exitCode: 1, stdout: '', stderr: 'ill' })
  const props = labPod({ terminationGracePeriodSeconds: 500 }, { livenessProbe: { exec: { command: ['x'] }, periodSeconds: 1, failureThreshold: 1 } })
  lab.start(props)
  await lab.until('it is being killed', () => stops(lab).length === 1)
  lab.send({ type: 'PodChanged', pod: deletion(props, 200) })
  await lab.pass(1_000)
  lab.send({ type: 'PodChanged', pod: deletion(props, 3) })
  await lab.until('it is gone', () => lab.engine.containers.size === 0, 5_000)
})

test('when the sandbox must be made anew, what still runs in it is stopped with preStop and grace', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const hooks: string[] = []
  lab.engine.exec = async (id) => {
    hooks.push(id)
    return { exitCode: 0, stdout: '', stderr: '' }
  }
  lab.start(labPod({}, { lifecycle: { preStop: { exec: { command: ['bye'] } } } }))
  await lab.until('it runs', () => running(lab).length === 1)
  for (const sandbox of lab.engine.sandboxes.values()) Object.assign(sandbox, { ips: [] })
  lab.send({ type: 'Resync' })
  await lab.until('the next runs', () => lab.engine.running().includes('app-1'))
  assert.deepEqual(hooks, ['app-0'])
  assert.ok(lab.engine.calls.includes('stopContainer app 30'))
  assert.equal(lab.events.filter((event) => event.startsWith('SandboxChanged')).length, 1)
})

test('a forced deletion leaves preStop one second, and two for the stop signal', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.engine.exec = (_id, _command, options) =>
    new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(new EngineError('timeout', 'stopped')), { once: true }))
  lab.start(labPod({}, { lifecycle: { preStop: { exec: { command: ['bye'] } } } }))
  await lab.until('it runs', () => running(lab).length === 1)
  lab.send({ type: 'PodRemoved', graceSeconds: 0 })
  await lab.pass(900)
  assert.deepEqual(stops(lab), [])
  await lab.until('it is finished', () => lab.finished, 1_000)
  assert.ok(lab.engine.calls.includes('stopContainer app 2'))
})

test('a failed liveness probe may give a grace of its own', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.engine.exec = async () => ({ exitCode: 1, stdout: '', stderr: 'ill' })
  lab.start(labPod({}, { livenessProbe: { exec: { command: ['x'] }, periodSeconds: 1, failureThreshold: 1, terminationGracePeriodSeconds: 7 } }))
  await lab.until('it is killed', () => lab.engine.calls.includes('stopContainer app 7'))
  assert.ok(lab.events.includes('Killing: Container app failed liveness probe, will be restarted'))
})

test('what is killed already is waited for before the sidecars are stopped', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.engine.stopDelayMs = 4_000
  lab.engine.exec = async () => ({ exitCode: 1, stdout: '', stderr: 'ill' })
  const probe = { livenessProbe: { exec: { command: ['x'] }, periodSeconds: 1, failureThreshold: 1 } }
  const props = labPod({ initContainers: [sidecar('s')] as never }, probe)
  lab.start(props)
  await lab.until('it is being killed', () => stops(lab).length === 1)
  lab.send({ type: 'PodChanged', pod: deletion(props, 60) })
  await lab.until('all is gone', () => lab.engine.containers.size === 0)
  assert.deepEqual(stops(lab), ['app', 's'])
})

test('a container that the engine will not stop is told of as FailedKillPod, and stopped at another try', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = labPod()
  lab.start(props)
  await lab.until('it runs', () => running(lab).length === 1)
  let tries = 0
  lab.engine.failures.set('stopContainer/app 5', () =>
    tries++ === 0 ? new EngineError('internal', 'tried to kill, but did not receive an exit event') : undefined,
  )
  lab.send({ type: 'PodChanged', pod: deletion(props, 5) })
  await lab.until('the end', () => lab.engine.containers.size + lab.engine.sandboxes.size === 0)
  assert.ok(lab.events.includes('FailedKillPod: error killing pod: tried to kill, but did not receive an exit event'))
})

test('the end of a container that had restarted is no back-off when its pod is deleted', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = labPod()
  lab.start(props)
  await lab.until('it runs', () => running(lab).length === 1)
  lab.engine.exit('app', 1)
  await lab.until('it has restarted', () => lab.engine.running().includes('app-1'))
  lab.send({ type: 'PodChanged', pod: deletion(props, 30) })
  await lab.until('all is gone', () => lab.engine.containers.size === 0)
  assert.deepEqual(
    lab.events.filter((event) => event.startsWith('BackOff')),
    [],
  )
})

for (const [what, later] of [
  ['is not there any more', undefined],
  ['is of another time', '2025-12-31T23:00:00Z'],
  ['is no time', 'yesterday'],
] as const)
  test(`a pod whose deletionTimestamp ${what} ends all the same: nothing of it is begun anew`, async () => {
    await using lab = await PodLab.open({ rules: kubeletRules })
    lab.engine.stopDelayMs = 5_000
    const props = labPod({}, {})
    lab.start(props)
    await lab.until('ready', () => lab.ready)
    lab.send({ type: 'PodChanged', pod: deletion(props, 30) })
    await lab.until('the stop', () => stops(lab).length === 1)
    const metadata = { ...props.pod.metadata, ...(later === undefined ? {} : { deletionTimestamp: later, deletionGracePeriodSeconds: 30 }) }
    lab.send({ type: 'PodChanged', pod: { ...props.pod, metadata } as PodActorProps['pod'] })
    await lab.until('the clean-up', () => lab.reports.at(-1)?.cleanedUp === true)
    await lab.pass(60_000)
    assert.deepEqual(running(lab), [])
    assert.equal(lab.engine.containers.size + lab.engine.sandboxes.size, 0)
  })

test('an actor that stops has ended its steps: none writes on when its directory is taken away', async () => {
  const lab = await PodLab.open({ rules: kubeletRules })
  const begun = Promise.withResolvers<void>()
  let ended = false
  lab.engine.gates.set('pullImage', async () => {
    begun.resolve()
    await new Promise((resolve) => setTimeout(resolve, 100))
    ended = true
  })
  lab.start(labPod({}, { image: 'slow:1' }))
  await begun.promise
  await lab[Symbol.asyncDispose]()
  assert.ok(ended)
})

test('what the engine shows only after the clean-up goes too: a list that was short, or a call that was given up and did its work late', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = labPod()
  lab.start(props)
  await lab.until('it runs', () => running(lab).length === 1)
  const podState = lab.engine.podState.bind(lab.engine)
  lab.engine.podState = async () => ({ sandboxes: [], containers: [] })
  lab.send({ type: 'Resync' })
  lab.send({ type: 'PodChanged', pod: deletion(props, 1) })
  await lab.pass(2_000)
  assert.ok(lab.engine.sandboxes.size > 0)
  lab.engine.podState = podState
  lab.send({ type: 'Resync' })
  await lab.until('all is gone', () => lab.engine.containers.size + lab.engine.sandboxes.size === 0)
})

test('an engine that has what it said it removed is not asked in a tight loop', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const props = labPod()
  lab.start(props)
  await lab.until('it runs', () => running(lab).length === 1)
  lab.engine.removeSandbox = async (id) => void lab.engine.calls.push(`removeSandbox ${id}`)
  lab.send({ type: 'PodChanged', pod: deletion(props, 1) })
  lab.send({ type: 'PodRemoved' })
  await lab.pass(60_000)
  const tries = lab.engine.calls.filter((call) => call.startsWith('removeSandbox')).length
  assert.ok(tries >= 2 && tries < 20, `${tries} tries`)
})
