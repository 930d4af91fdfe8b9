import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Director } from '../../actors/node/director.ts'
import { type DirectorMessage, nodeAddresses, type RecordEvent, type StaticSource, type StatusReporterMessage } from '../../actors/node/messages.ts'
import { PodTable } from '../../actors/node/pod-table.ts'
import { type PodActorProps, type PodMessage, podAddress } from '../../actors/pod/messages.ts'
import type { EngineEvent, PodSummary } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Node, Pod } from '../../src/kube/objects.ts'
import { nodeStage } from '../support/node-stage.ts'

const pod = (name: string, changed: { spec?: object; status?: object; metadata?: object } = {}): Pod =>
  ({
    metadata: { name, namespace: 'a', uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...changed.metadata },
    spec: { containers: [], ...changed.spec },
    status: changed.status,
  }) as Pod
const asking = (cpu: string, priority = 0) => ({ containers: [{ name: 'c', resources: { requests: { cpu } } }], priority })
const inEngine = (name: string, fingerprint: string): PodSummary => ({
  pod: { uid: podUid(name), name, namespace: 'a' },
  fingerprint,
  sandboxIds: [],
  running: [],
})
const node: Node = { metadata: { name: 'n1' }, status: { allocatable: { cpu: '1', pods: '10' } } }

async function directing(t: TestContext, staticSources: readonly StaticSource[] = []) {
  const stage = await nodeStage(t, [nodeAddresses.statusReporter, nodeAddresses.eventRecorder, nodeAddresses.imagePulls, nodeAddresses.mirrorPods])
  const table = new PodTable()
  const counted: string[] = []
  const watcher = {
    rejected: (reason: string) => void counted.push(`rejected ${reason}`),
    preempted: (resource: string) => void counted.push(`preempted for ${resource}`),
  }
  stage.system.spawnLocal(
    nodeAddresses.director,
    (context) =>
      new Director(context, {
        system: stage.system,
        table,
        node: () => node,
        features: { appArmor: false, supplementalGroupsPolicy: false },
        allowedUnsafeSysctls: [],
        staticSources,
        watcher,
        orphaned: () => void counted.push('orphaned'),
      }),
  )
  const tell = async (message: DirectorMessage) => {
    stage.system.send(nodeAddresses.director, message)
    await stage.after(0)
  }
  const heardBy = (name: string) => stage.heard.filter((each) => each.at === podAddress(podUid(name))).map((each) => each.message as PodMessage)
  return { ...stage, table, counted, tell, heardBy, lives: (name: string) => stage.system.has(podAddress(podUid(name))) }
}

test('the first actor of a new pod need not ask an engine that has told all it has; the next one must', async (t) => {
  const { tell, system, made, after } = await directing(t)
  const unknown = (name: string) =>
    made.filter(({ at }) => at === podAddress(podUid(name))).map(({ props }) => (props as PodActorProps).unknownToEngine ?? false)
  await tell({ type: 'PodsListed', pods: [pod('early')] })
  await tell({ type: 'EngineListed', pods: [inEngine('adopted', '1')] })
  for (const name of ['adopted', 'new']) await tell({ type: 'PodUpserted', pod: pod(name) })
  assert.deepEqual([unknown('early'), unknown('adopted'), unknown('new')], [[false], [false], [true]])
  system.send(podAddress(podUid('new')), { type: 'Fail' })
  await after(1000)
  assert.deepEqual(unknown('new'), [true, false])
})

test('each pod has an actor from its first sight until it says that nothing is left', async (t) => {
  const { tell, lives, heardBy, told } = await directing(t)
  await tell({ type: 'PodsListed', pods: [pod('p')] })
  assert.ok(lives('p'))
  await tell({ type: 'PodUpserted', pod: pod('p', { metadata: { resourceVersion: '2' } }) })
  await tell({ type: 'PodUpserted', pod: pod('p', { metadata: { resourceVersion: '2' } }) })
  assert.deepEqual(
    heardBy('p').map((message) => message.type),
    ['PodChanged'],
  )
  await tell({ type: 'PodGone', uid: podUid('p') })
  assert.deepEqual(heardBy('p').at(-1), { type: 'PodRemoved' })
  assert.equal(told<StatusReporterMessage>('node/status-reporter', 'ForgetPod').length, 1)
  assert.ok(lives('p'), 'it cleans up')
  await tell({ type: 'PodFinished', uid: podUid('p') })
  assert.ok(!lives('p'))
})

test('a pod that is gone from a list is gone; one that is back in its place under its name is another', async (t) => {
  const { tell, lives, heardBy } = await directing(t)
  await tell({ type: 'PodsListed', pods: [pod('p'), pod('q')] })
  await tell({ type: 'PodsListed', pods: [pod('q'), pod('p', { metadata: { uid: 'p-2' } })] })
  assert.deepEqual(heardBy('p').at(-1), { type: 'PodRemoved' })
  assert.ok(lives('p') && lives('p-2') && lives('q'))
  assert.deepEqual(heardBy('q'), [])
})

test('what only the engine knows is removed, but never before the API server has told all it has', async (t) => {
  const { tell, lives, heardBy, counted } = await directing(t)
  await tell({ type: 'EngineListed', pods: [inEngine('old', '1'), inEngine('p', '1')] })
  assert.ok(!lives('old'))
  await tell({ type: 'PodsListed', pods: [pod('p')] })
  assert.deepEqual(heardBy('old'), [{ type: 'PodRemoved' }])
  assert.deepEqual(counted, ['orphaned'])
  assert.deepEqual(
    heardBy('p').filter((message) => message.type === 'PodRemoved'),
    [],
  )
  await tell({ type: 'PodFinished', uid: podUid('old') })
  assert.ok(!lives('old'))
})

test('directories of pods that nobody knows are taken away by an actor of theirs, once the API server has told all it has', async (t) => {
  const { tell, lives, heardBy } = await directing(t)
  const found: DirectorMessage = { type: 'DirectoriesFound', pods: ['p', 'gone'].map((name) => inEngine(name, '').pod) }
  await tell(found)
  assert.ok(!lives('p') && !lives('gone'))
  await tell({ type: 'PodsListed', pods: [pod('p')] })
  await tell(found)
  await tell(found)
  assert.deepEqual(heardBy('gone'), [{ type: 'PodRemoved' }])
  assert.deepEqual(heardBy('p'), [])
  await tell({ type: 'PodFinished', uid: podUid('gone') })
  assert.ok(!lives('gone') && lives('p'))
})

test('a pod is told when the engine’s list shows it changed, and only then', async (t) => {
  const { tell, heardBy } = await directing(t)
  await tell({ type: 'PodsListed', pods: [pod('p')] })
  const resyncs = () => heardBy('p').filter((message) => message.type === 'Resync').length
  await tell({ type: 'EngineListed', pods: [inEngine('p', '1')] })
  const first = resyncs()
  await tell({ type: 'EngineListed', pods: [inEngine('p', '1')] })
  assert.equal(resyncs(), first)
  await tell({ type: 'EngineListed', pods: [inEngine('p', '2')] })
  assert.equal(resyncs(), first + 1)
  await tell({ type: 'EngineListed', pods: [] })
  assert.equal(resyncs(), first + 2, 'it vanished')
  await tell({ type: 'EngineEventSeen', event: { type: 'resync' } as EngineEvent })
  assert.equal(resyncs(), first + 3, 'anything may have been missed')
})

test('pods are admitted in order of their creation; who does not fit is told so and keeps an actor that reports it', async (t) => {
  const { tell, lives, told, counted } = await directing(t)
  const younger = pod('younger', { spec: asking('600m'), metadata: { creationTimestamp: '2026-01-02T00:00:00Z' } })
  const older = pod('older', { spec: asking('600m') })
  await tell({ type: 'PodsListed', pods: [younger, older] })
  const events = told<RecordEvent>('node/event-recorder', 'RecordEvent')
  assert.deepEqual(
    events.map((event) => [event.object.name, event.reason, event.message]),
    [['younger', 'OutOfcpu', "Node didn't have enough resource: cpu, requested: 600, used: 600, capacity: 1000"]],
  )
  assert.ok(lives('younger'))
  assert.deepEqual(counted, ['rejected OutOfcpu'])
  await tell({ type: 'PodUpserted', pod: pod('third', { spec: asking('400m') }) })
  assert.equal(told<RecordEvent>('node/event-recorder', 'RecordEvent').length, 1, 'a rejected pod takes no room')
})

test('what ran before a restart, or has ended, is not asked again', async (t) => {
  const { tell, told } = await directing(t)
  await tell({
    type: 'PodsListed',
    pods: [
      pod('ran', { spec: asking('900m'), status: { startTime: '2026-01-01T00:00:00Z', phase: 'Running' } }),
      pod('ran-too', { spec: asking('900m'), status: { startTime: '2026-01-01T00:00:00Z', phase: 'Running' } }),
      pod('ended', { spec: asking('5'), status: { phase: 'Succeeded' } }),
    ],
  })
  assert.deepEqual(told<RecordEvent>('node/event-recorder', 'RecordEvent'), [])
})

test('a critical pod sends away what is in its place', async (t) => {
  const { tell, heardBy, told, counted } = await directing(t)
  await tell({ type: 'PodsListed', pods: [pod('common', { spec: asking('900m') })] })
  await tell({ type: 'PodUpserted', pod: pod('critical', { spec: asking('500m', 2_000_000_000) }) })
  const words = 'Preempted in order to admit critical pod'
  assert.deepEqual(heardBy('common'), [{ type: 'Evict', reason: 'Preempting', message: words, disruption: true, reclaim: true }])
  assert.deepEqual(
    told<RecordEvent>('node/event-recorder', 'RecordEvent').map((event) => [event.object.name, event.reason, event.message]),
    [['common', 'Preempting', words]],
  )
  assert.deepEqual(counted, ['preempted for cpu'])
})

test('a deletion is told to the reporter: a pod that has ended is deleted at once', async (t) => {
  const { tell, told } = await directing(t)
  await tell({ type: 'PodsListed', pods: [pod('p')] })
  await tell({ type: 'PodUpserted', pod: pod('p', { metadata: { resourceVersion: '2', deletionTimestamp: '2026-01-01T00:00:30Z' } }) })
  assert.equal(told<StatusReporterMessage>('node/status-reporter', 'PodSeen').length, 1)
})

test('a resize that finds no room is held in its pod, and released when another pod goes', async (t) => {
  const { tell, told } = await directing(t)
  const policy = [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }]
  const sized = (cpu: string, resourceVersion: string) =>
    pod('a', { spec: { containers: [{ name: 'c', resources: { requests: { cpu } }, resizePolicy: policy }] }, metadata: { resourceVersion } })
  const changes = () => told<Extract<PodMessage, { type: 'PodChanged' }>>(podAddress(podUid('a')), 'PodChanged').map(({ held }) => held?.status)
  await tell({ type: 'PodsListed', pods: [sized('400m', '1'), pod('b', { spec: asking('500m') })] })
  await tell({ type: 'PodUpserted', pod: sized('600m', '2') })
  assert.deepEqual(changes(), ['Deferred'])
  await tell({ type: 'PodGone', uid: podUid('b') })
  assert.deepEqual(changes(), ['Deferred', undefined])
  await tell({ type: 'PodUpserted', pod: sized('2', '3') })
  assert.deepEqual(changes(), ['Deferred', undefined, 'Infeasible'])
})

test('a pod that the source has and that cannot be used keeps running as it was; a pod that nothing is known of keeps all', async (t) => {
  const { tell, lives, heardBy, table } = await directing(t)
  await tell({ type: 'PodsListed', pods: [pod('p'), pod('q'), pod('r')] })
  await tell({ type: 'PodsListed', pods: [pod('p')], refused: [{ uid: 'q', namespace: 'a', name: 'q' }] })
  assert.deepEqual([lives('q'), heardBy('q'), table.has(podUid('q'))], [true, [], true])
  assert.deepEqual(
    heardBy('r').map(({ type }) => type),
    ['PodRemoved'],
  )
  await tell({ type: 'PodsListed', pods: [pod('p')], refused: [{}] })
  assert.deepEqual(heardBy('q'), [])
  await tell({ type: 'PodsListed', pods: [pod('p')] })
  assert.deepEqual(
    heardBy('q').map(({ type }) => type),
    ['PodRemoved'],
  )
})

test('what the engine has of a pod that cannot be used is not taken away after a restart', async (t) => {
  const { tell, lives, counted } = await directing(t)
  await tell({ type: 'PodsListed', pods: [], refused: [{ uid: 'q', namespace: 'a', name: 'q' }] })
  await tell({ type: 'EngineListed', pods: [inEngine('q', '1'), inEngine('orphan', '1')] })
  assert.deepEqual([lives('q'), lives('orphan'), counted], [false, true, ['orphaned']])
  await tell({ type: 'PodUpserted', pod: pod('q') })
  assert.ok(lives('q'))
})
