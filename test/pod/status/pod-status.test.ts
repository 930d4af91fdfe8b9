import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodMemory } from '../../../actors/pod/plan/types.ts'
import { podStatus } from '../../../actors/pod/status/pod-status.ts'
import { withStanding } from '../../../actors/pod/status/standing.ts'
import type { ContainerState, SandboxState } from '../../../src/engine/engine.ts'
import type { Pod, PodStatus } from '../../../src/kube/objects.ts'
import { anIncarnation, aPod, aSandbox } from '../../support/builders.ts'

const blank: PodMemory = {
  ...{ acceptedAt: 0, removed: false, volumesMounted: true, waiting: {}, restartBackoff: {}, imageBackoff: {} },
  ...{ probes: {}, postStartPending: [], restarting: [], oomKilled: [], terminationMessages: {} },
}
const second = 1000
/** Nothing runs and nothing is being started: the clean-up has begun. */
const over = { cleaning: true }
const statusOf = (pod: Pod, containers: ContainerState[] = [], memory: Partial<PodMemory> = {}, now = 100 * second, sandboxes: SandboxState[] = [aSandbox()]) =>
  podStatus({
    pod,
    observed: { sandboxes, containers },
    memory: { ...blank, ...memory },
    now,
    facts: { node: undefined, hostIps: ['192.0.2.1'] },
    engineName: 'docker',
  })
const one = aPod().withContainer({ name: 'c' })
const exited = (exitCode: number, more: Partial<ContainerState> = {}) =>
  anIncarnation('c', { state: 'exited', exitCode, startedAt: 2 * second, finishedAt: 5 * second, ...more })
const conditions = (status: PodStatus) => status.conditions?.map((each) => [each.type, each.status, ...(each.reason ? [each.reason] : [])].join(' '))
const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 }

test('a running pod: its phase, conditions in order, addresses and its container', () => {
  const status = statusOf(one.build(), [anIncarnation('c', { startedAt: 2 * second })])
  assert.equal(status.phase, 'Running')
  assert.deepEqual(conditions(status), ['PodReadyToStartContainers True', 'Initialized True', 'Ready True', 'ContainersReady True', 'PodScheduled True'])
  assert.deepEqual([status.podIP, status.podIPs, status.hostIP, status.qosClass], ['10.0.0.2', [{ ip: '10.0.0.2' }], '192.0.2.1', 'BestEffort'])
  assert.deepEqual(status.containerStatuses, [
    {
      ...{ name: 'c', state: { running: { startedAt: '1970-01-01T00:00:02Z' } }, lastState: {}, ready: true, restartCount: 0 },
      ...{ image: 'busybox', imageID: 'docker://sha256:1', containerID: 'docker://c-0', started: true },
    },
  ])
})

test('as whom a container runs is told where the runtime tells it', () => {
  const user = { uid: 1000, gid: 3000, supplementalGroups: [3000, 50_000] }
  const ofEngine = (engineName: string, state: ContainerState) => {
    const input = {
      pod: one.build(),
      observed: { sandboxes: [aSandbox()], containers: [state] },
      memory: blank,
      now: 0,
      facts: { node: undefined, hostIps: [] },
    }
    return podStatus({ ...input, engineName }).containerStatuses?.[0]?.user
  }
  assert.deepEqual(ofEngine('containerd', anIncarnation('c', { user })), { linux: user })
  assert.equal(ofEngine('containerd', anIncarnation('c')), undefined)
  assert.equal(ofEngine('docker', anIncarnation('c', { user })), undefined, 'Docker does not tell the groups of the image')
})

for (const [what, state, expected] of [
  ['success', exited(0), { exitCode: 0, reason: 'Completed' }],
  ['failure', exited(3), { exitCode: 3, reason: 'Error' }],
  ['an OOM kill', exited(137, { oomKilled: true, signal: 9 }), { exitCode: 137, reason: 'OOMKilled', signal: 9 }],
] as const)
  test(`${what} is told with its exit code, reason and times`, () => {
    const status = statusOf(one.with({ restartPolicy: 'Never' }).build(), [state], over)
    const { containerID: _, ...told } = status.containerStatuses?.[0]?.state?.terminated ?? { exitCode: -1 }
    assert.deepEqual(told, { ...expected, startedAt: '1970-01-01T00:00:02Z', finishedAt: '1970-01-01T00:00:05Z' })
    assert.equal(status.phase, expected.exitCode === 0 ? 'Succeeded' : 'Failed')
    assert.deepEqual(
      conditions(status)?.slice(2, 4),
      expected.exitCode === 0
        ? ['Ready False PodCompleted', 'ContainersReady False PodCompleted']
        : ['Ready False PodFailed', 'ContainersReady False PodFailed'],
    )
  })

test('a runtime’s own reason for an end stands', () => {
  const failed = exited(128, { startedAt: 4 * second, createdAt: 4 * second, error: 'no such file', reason: 'StartError' })
  const { reason, message, exitCode } = statusOf(one.with({ restartPolicy: 'Never' }).build(), [failed], over).containerStatuses?.[0]?.state?.terminated ?? {}
  assert.deepEqual([reason, message, exitCode], ['StartError', 'no such file', 128])
})

test('a start that failed is told as ContainerCannotRun with the engine’s words', () => {
  const failed = exited(127, { startedAt: 4 * second, createdAt: 4 * second, finishedAt: 4 * second, error: 'no such file' })
  const { reason, message } = statusOf(one.with({ restartPolicy: 'Never' }).build(), [failed], over).containerStatuses?.[0]?.state?.terminated ?? {}
  assert.deepEqual([reason, message], ['ContainerCannotRun', 'no such file'])
})

test('an OOM kill that the engine told of after the end counts too', () => {
  const status = statusOf(one.with({ restartPolicy: 'Never' }).build(), [exited(137)], { ...over, oomKilled: ['c-0'] })
  assert.equal(status.containerStatuses?.[0]?.state?.terminated?.reason, 'OOMKilled')
})

test('a crash loop waits in CrashLoopBackOff with the end before as its last state, and the pod is Running', () => {
  const status = statusOf(one.build(), [exited(1, { attempt: 2 })], { restartBackoff: { c: { failures: 3, until: 25 * second } } }, 10 * second)
  assert.equal(status.phase, 'Running')
  assert.deepEqual(status.containerStatuses?.[0]?.state?.waiting, {
    reason: 'CrashLoopBackOff',
    message: 'back-off 20s restarting failed container=c pod=p_default(u-1)',
  })
  assert.equal(status.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 1)
  assert.equal(status.containerStatuses?.[0]?.restartCount, 2)
})

test('between the creation and the start of the next incarnation the end of the one before is shown: the status does not flap', () => {
  const before = statusOf(one.build(), [exited(1)])
  const between = statusOf(one.build(), [exited(1), anIncarnation('c', { attempt: 1, state: 'created', startedAt: undefined })])
  assert.deepEqual(between, before)
})

test('a pod that is ended by the node is terminal only when nothing of it runs, and then tells of its disruption', () => {
  const eviction = { reason: 'Evicted', message: 'The node was low on resource: memory.', disruption: true, reclaim: true }
  const memory = { eviction }
  const stopping = statusOf(one.build(), [anIncarnation('c')], memory)
  assert.deepEqual([stopping.phase, stopping.reason], ['Running', undefined])
  assert.ok(!conditions(stopping)?.some((each) => each.startsWith('DisruptionTarget')))
  const ended = statusOf(one.build(), [exited(143)], { ...memory, ...over })
  assert.deepEqual([ended.phase, ended.reason], ['Failed', 'Evicted'])
  assert.ok(conditions(ended)?.includes('DisruptionTarget True TerminationByKubelet'))
  const own = statusOf(one.build(), [exited(143)], { eviction: { ...eviction, disruption: false }, ...over })
  assert.equal(own.reason, 'Evicted')
  assert.ok(!conditions(own)?.some((each) => each.startsWith('DisruptionTarget')), 'what it did itself is no disruption')
  const late = statusOf(one.with({ activeDeadlineSeconds: 5 }).build(), [exited(143)], over, 6 * second)
  assert.deepEqual([late.phase, late.reason, late.message], ['Failed', 'DeadlineExceeded', 'Pod was active on the node longer than the specified deadline'])
})

test('a pod deleted before it could run ends Failed, its containers as never located', () => {
  const pod = one.withMetadata(deleted).build()
  assert.equal(statusOf(pod, [], { waiting: { c: { reason: 'ErrImagePull', message: 'no' } } }).phase, 'Pending')
  const status = statusOf(pod, [], { cleaning: true })
  assert.equal(status.phase, 'Failed')
  assert.deepEqual(status.containerStatuses?.[0]?.state?.terminated?.reason, 'ContainerStatusUnknown')
})

test('a sidecar counts for readiness, not for the phase; an init container that waits keeps the pod Pending and uninitialized', () => {
  const pod = one.with({ restartPolicy: 'Never' }).withInit({ name: 's', restartPolicy: 'Always' }).withInit({ name: 'a' }).build()
  const begun = statusOf(pod, [anIncarnation('s'), anIncarnation('a')])
  assert.equal(begun.phase, 'Pending')
  assert.deepEqual(begun.conditions?.find((each) => each.type === 'Initialized')?.message, 'containers with incomplete status: [a]')
  assert.deepEqual(begun.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing')
  const done = anIncarnation('a', { state: 'exited', exitCode: 0, finishedAt: 3 * second })
  const crashed = anIncarnation('s', { state: 'exited', exitCode: 1, finishedAt: 3 * second })
  const running = statusOf(pod, [crashed, done, anIncarnation('c')])
  assert.equal(running.phase, 'Running')
  assert.equal(running.conditions?.find((each) => each.type === 'Ready')?.message, 'containers with unready status: [s]')
  assert.equal(statusOf(pod, [crashed, done, exited(0)], over).phase, 'Succeeded')
})

test('an ephemeral container is never ready nor started, and its end does not end the pod', () => {
  const pod = one.with({ ephemeralContainers: [{ name: 'e', image: 'busybox' }] }).build()
  const [status] = statusOf(pod, [anIncarnation('c'), anIncarnation('e')]).ephemeralContainerStatuses ?? []
  assert.deepEqual([status?.ready, status && 'started' in status, status?.state?.running !== undefined], [false, false, true])
  assert.equal(statusOf(pod, [anIncarnation('c'), anIncarnation('e', { state: 'exited', exitCode: 1, finishedAt: 1 })]).phase, 'Running')
})

test('readiness gates hold Ready, not ContainersReady', () => {
  const gated = one.with({ readinessGates: [{ conditionType: 'a.b/c' }] })
  const ready = (pod: Pod) => statusOf(pod, [anIncarnation('c')]).conditions?.find((each) => each.type === 'Ready')
  assert.equal(ready(gated.build())?.message, 'corresponding condition of pod readiness gate "a.b/c" does not exist.')
  assert.equal(ready(gated.withStatus({ conditions: [{ type: 'a.b/c', status: 'False' }] }).build())?.reason, 'ReadinessGatesNotReady')
  assert.equal(ready(gated.withStatus({ conditions: [{ type: 'a.b/c', status: 'True' }] }).build())?.status, 'True')
})

test('the time of a transition stays while the API server has not yet sent our last report back', () => {
  const pod = one.build()
  const first = statusOf(pod, [anIncarnation('c')], {}, 10 * second)
  const again = statusOf(withStanding(pod, first), [anIncarnation('c')], {}, 20 * second)
  assert.deepEqual(again, first)
  const moved = statusOf(withStanding(pod, again), [exited(1)], {}, 30 * second)
  const times = Object.fromEntries((moved.conditions ?? []).map((each) => [each.type, each.lastTransitionTime]))
  assert.deepEqual([times.Ready, times.PodScheduled], ['1970-01-01T00:00:30Z', '1970-01-01T00:00:10Z'])
})

test("what others wrote stays beside our own report: a gate's condition, a phase that ended the pod", () => {
  const own = statusOf(one.build(), [anIncarnation('c')])
  const theirs = one
    .withStatus({
      phase: 'Failed',
      reason: 'NodeLost',
      conditions: [
        { type: 'a.b/c', status: 'True' },
        { type: 'Ready', status: 'False' },
      ],
    })
    .build()
  const { status } = withStanding(theirs, own)
  assert.deepEqual([status?.phase, status?.reason], ['Failed', 'NodeLost'])
  assert.deepEqual(
    status?.conditions?.filter(({ type }) => type === 'Ready' || type === 'a.b/c').map((each) => `${each.type} ${each.status}`),
    ['Ready True', 'a.b/c True'],
  )
})

test('one that vanished while it ran is told as unknown and the next has a higher count; under Never it has ended', () => {
  const status = { containerStatuses: [{ name: 'c', containerID: 'docker://x', restartCount: 4, image: '', imageID: '', ready: true, state: { running: {} } }] }
  const again = statusOf(one.withStatus(status).build()).containerStatuses?.[0]
  assert.equal(again?.lastState?.terminated?.reason, 'ContainerStatusUnknown')
  const never = statusOf(one.with({ restartPolicy: 'Never' }).withStatus(status).build(), [], over)
  assert.deepEqual([never.phase, never.containerStatuses?.[0]?.state?.terminated?.exitCode], ['Failed', 137])
})

test('the generation of the spec that is told of is said where the API server counts them, in each condition too', () => {
  const running = [anIncarnation('c', { startedAt: 2 * second })]
  const { observedGeneration, conditions } = statusOf(one.withMetadata({ generation: 3 }).build(), running)
  assert.equal(observedGeneration, 3)
  assert.deepEqual([...new Set(conditions?.map((each) => each.observedGeneration))], [3])
  assert.ok(!('observedGeneration' in statusOf(one.build(), running)))
})

test('one that was only made and is gone was never there; one that vanished is not shown as the one before it', () => {
  const made = { name: 'c', containerID: 'docker://x', restartCount: 0, image: '', imageID: '', ready: false, state: { waiting: {} } }
  assert.deepEqual(statusOf(one.withStatus({ containerStatuses: [made] }).build()).containerStatuses?.[0]?.lastState, {})
  const ran = { ...made, restartCount: 4, ready: true, state: { running: {} } }
  const never = statusOf(
    one
      .with({ restartPolicy: 'Never' })
      .withStatus({ containerStatuses: [ran] })
      .build(),
    [exited(0, { attempt: 3 })],
    over,
  )
  assert.deepEqual([never.phase, never.containerStatuses?.[0]?.state?.terminated?.reason], ['Failed', 'ContainerStatusUnknown'])
})

test('containers are told of by name, init containers as the spec has them, whatever a name is', () => {
  const pod = aPod()
    .withContainer({ name: 'web' })
    .withContainer({ name: 'constructor' })
    .withContainer({ name: 'log' })
    .withInit({ name: 'second' })
    .withInit({ name: 'first' })
    .build()
  const status = statusOf(pod)
  const namesOf = (list: PodStatus['containerStatuses']) => list?.map(({ name }) => name)
  assert.deepEqual(namesOf(status.containerStatuses), ['constructor', 'log', 'web'])
  assert.deepEqual(namesOf(status.initContainerStatuses), ['second', 'first'])
  assert.deepEqual(status.containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } })
})
