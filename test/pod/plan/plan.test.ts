import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plan } from '../../../actors/pod/plan/plan.ts'
import type { PodMemory } from '../../../actors/pod/plan/types.ts'
import type { ContainerState, SandboxId, SandboxState } from '../../../src/engine/engine.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { anIncarnation, aPod, aSandbox } from '../../support/builders.ts'

const blank: PodMemory = {
  ...{ acceptedAt: 0, removed: false, volumesMounted: true, waiting: {}, restartBackoff: {}, imageBackoff: {} },
  ...{ probes: {}, postStartPending: [], restarting: [], oomKilled: [], terminationMessages: {} },
}
const at = (pod: Pod, containers: ContainerState[] = [], memory: Partial<PodMemory> = {}, now = 1000, sandboxes: SandboxState[] = [aSandbox()]) =>
  plan({ pod, observed: { sandboxes, containers }, memory: { ...blank, ...memory }, now })
const types = (result: ReturnType<typeof plan>) => result.actions.map((each) => ('name' in each ? `${each.type} ${each.name}` : each.type))
const one = aPod().withContainer({ name: 'c' })
const exited = (exitCode: number, more: Partial<ContainerState> = {}) => anIncarnation('c', { state: 'exited', exitCode, finishedAt: 1000, ...more })

test('volumes come first, then the sandbox, then the container, then nothing', () => {
  assert.deepEqual(types(at(one.build(), [], { volumesMounted: false }, 0, [])), ['PrepareVolumes'])
  assert.deepEqual(types(at(one.build(), [], {}, 0, [])), ['CreateSandbox'])
  assert.deepEqual(types(at(one.build())), ['StartContainer c'])
  assert.deepEqual(at(one.build(), [anIncarnation('c')]), { actions: [] })
})

test('a sandbox that is not ready is made anew with the next attempt, one without an address is killed first', () => {
  assert.deepEqual(at(one.build(), [], {}, 0, [aSandbox({ ready: false })]).actions, [{ type: 'CreateSandbox', attempt: 1, reason: 'changed' }])
  assert.deepEqual(types(at(one.build(), [], {}, 0, [aSandbox({ ips: [] })])), ['KillSandbox'])
})

for (const [policy, code, expected] of [
  ['Always', 0, 'StartContainer c'],
  ['Always', 1, 'StartContainer c'],
  ['OnFailure', 1, 'StartContainer c'],
  ['OnFailure', 0, 'CleanUp'],
  ['Never', 1, 'CleanUp'],
] as const)
  test(`under ${policy} an exit with ${code} leads to ${expected}`, () => {
    assert.deepEqual(types(at(one.with({ restartPolicy: policy }).build(), [exited(code)])), [expected])
  })

test('a backoff is waited for, and over at its end', () => {
  const memory = { restartBackoff: { c: { failures: 3, until: 9000 } } }
  assert.deepEqual(at(one.build(), [exited(1, { attempt: 2 })], memory, 8999), { actions: [], wakeAt: 9000 })
  assert.deepEqual(at(one.build(), [exited(1, { attempt: 2 })], memory, 9000).actions, [{ type: 'StartContainer', name: 'c', role: 'main', attempt: 3 }])
})

test('counts go on from the reported status', () => {
  const status = { containerStatuses: [{ name: 'c', containerID: 'docker://x', restartCount: 4, image: '', imageID: '', ready: false }] }
  assert.deepEqual(at(one.withStatus(status).build()).actions, [{ type: 'StartContainer', name: 'c', role: 'main', attempt: 5 }])
})

test('init containers run one by one and a sidecar must have started', () => {
  const pod = one.withInit({ name: 'a' }).withInit({ name: 's', restartPolicy: 'Always', startupProbe: {} }).build()
  const done = anIncarnation('a', { state: 'exited', exitCode: 0, finishedAt: 1 })
  assert.deepEqual(types(at(pod)), ['StartContainer a'])
  assert.deepEqual(types(at(pod, [anIncarnation('a')])), [])
  assert.deepEqual(types(at(pod, [done])), ['StartContainer s'])
  assert.deepEqual(types(at(pod, [done, anIncarnation('s')])), [])
  assert.deepEqual(types(at(pod, [done, anIncarnation('s')], { probes: { 's-0': { startup: true } } })), ['StartContainer c'])
})

test('what a later container has begun after is over: a sidecar that crashes holds nobody up, an init container that is forgotten does not run again', () => {
  const pod = one.withInit({ name: 's', restartPolicy: 'Always' }).withInit({ name: 'a' }).withInit({ name: 'b' }).build()
  const done = anIncarnation('a', { state: 'exited', exitCode: 0, finishedAt: 1 })
  const crashed = anIncarnation('s', { state: 'exited', exitCode: 1, finishedAt: 1000 })
  const backoff = { restartBackoff: { s: { failures: 2, until: 11_000 } } }
  assert.deepEqual(types(at(pod, [crashed, done], backoff)), ['StartContainer b'])
  assert.deepEqual(types(at(pod, [crashed, anIncarnation('b')], backoff)), [])
})

test('one whose state is unknown is killed before another takes its place, and before the pod is cleaned up', () => {
  assert.deepEqual(types(at(one.build(), [anIncarnation('c', { state: 'unknown' })])), ['KillContainer c'])
  assert.deepEqual(types(at(one.with({ restartPolicy: 'Never' }).build(), [anIncarnation('c', { state: 'unknown' })])), ['TerminatePod'])
})

test('one dead incarnation is kept beside one that is only created; dead sandboxes go when nothing is left in them', () => {
  const dead = (attempt: number, sandboxId: string) => exited(1, { attempt, sandboxId: sandboxId as SandboxId })
  const sandboxes = [aSandbox({ id: 's2' as SandboxId, attempt: 2 }), aSandbox({ id: 's1' as SandboxId, attempt: 1, ready: false }), aSandbox({ ready: false })]
  const containers = [anIncarnation('c', { attempt: 3, state: 'created', sandboxId: 's2' as SandboxId }), dead(2, 's1'), dead(1, 's1')]
  const { actions } = at(one.build(), containers, {}, 1000, sandboxes)
  assert.deepEqual(actions, [
    { type: 'RemoveContainer', id: 'c-1' },
    { type: 'RemoveSandbox', id: 's0' },
    { type: 'StartContainer', name: 'c', role: 'main', attempt: 3 },
  ])
})

test('a changed definition and a failed liveness probe kill whatever the policy', () => {
  const pod = one.with({ restartPolicy: 'Never' }).build()
  const changed = anIncarnation('c', { annotations: { 'io.kubernetes.container.hash': 'other' } })
  assert.deepEqual(types(at(pod, [changed])), ['KillContainer c'])
  assert.deepEqual(types(at(pod, [anIncarnation('c')], { probes: { 'c-0': { liveness: false } } })), ['KillContainer c'])
})

test('under OnFailure one that was killed by its probe starts again though it ended well', () => {
  const pod = one.with({ restartPolicy: 'OnFailure' }).build()
  assert.deepEqual(types(at(pod, [exited(0)], { restarting: ['c-0'] })), ['StartContainer c'])
  assert.deepEqual(types(at(pod, [exited(0)])), ['CleanUp'])
})

test('deletion terminates, then cleans up, sooner when the pod is evicted meanwhile; a deadline keeps the containers', () => {
  const deleted = one.withMetadata({ deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 7 }).build()
  assert.deepEqual(at(deleted, [anIncarnation('c')]).actions, [{ type: 'TerminatePod', graceSeconds: 7, reason: 'deleted' }])
  const eviction = { reason: 'Evicted', message: 'low on memory', graceSeconds: 1, disruption: true, reclaim: true }
  assert.deepEqual(
    at(deleted, [anIncarnation('c')], { eviction }).actions,
    [{ type: 'TerminatePod', graceSeconds: 1, reason: 'deleted' }],
    'an eviction brings it nearer',
  )
  assert.deepEqual(at(deleted, [exited(143)]).actions, [{ type: 'CleanUp', removeContainers: true }])
  const limited = one.with({ activeDeadlineSeconds: 5 }).build()
  assert.equal(at(limited, [anIncarnation('c')]).wakeAt, 5000)
  assert.deepEqual(types(at(limited, [anIncarnation('c')], {}, 5000)), ['TerminatePod'])
  assert.deepEqual(at(limited, [exited(143)], {}, 5000).actions, [{ type: 'CleanUp', removeContainers: false }])
})

const running4 = { containerStatuses: [{ name: 'c', containerID: 'docker://x', restartCount: 4, image: '', imageID: '', ready: true, state: { running: {} } }] }

test('an older incarnation says nothing of a newer one that vanished', () => {
  const older = exited(0, { attempt: 3 })
  assert.deepEqual(types(at(one.with({ restartPolicy: 'Never' }).withStatus(running4).build(), [older])), ['CleanUp'])
  assert.deepEqual(at(one.with({ restartPolicy: 'OnFailure' }).withStatus(running4).build(), [older]).actions, [
    { type: 'StartContainer', name: 'c', role: 'main', attempt: 5 },
  ])
})

test('what was only made waits for its image too', () => {
  const memory = { imageBackoff: { c: { failures: 1, until: 9000 } } }
  const made = anIncarnation('c', { state: 'created', attempt: 2 })
  assert.deepEqual(at(one.build(), [made], memory, 1000), { actions: [], wakeAt: 9000 })
  assert.deepEqual(at(one.build(), [made], memory, 9000).actions, [{ type: 'StartContainer', name: 'c', role: 'main', attempt: 2 }])
})

test('what never ran in a sandbox that is gone is no run: another takes its number; in its own sandbox a start that failed is one', () => {
  const unbegun = { attempt: 1, neverBegan: true, startedAt: 0, finishedAt: 0 }
  const gone = 'gone' as SandboxId
  const starts = (...states: ContainerState[]) => at(one.build(), states, {}, 100_000).actions.filter(({ type }) => type === 'StartContainer')
  const before = exited(1, { sandboxId: gone, attempt: 0 })
  const [failed, made] = [exited(128, { ...unbegun, sandboxId: gone }), anIncarnation('c', { state: 'created', attempt: 1, sandboxId: gone })]
  for (const state of [failed, made])
    assert.deepEqual(starts(before, state), [{ type: 'StartContainer', name: 'c', role: 'main', attempt: 1, replaces: state.id }])
  assert.deepEqual(starts(exited(1), exited(128, unbegun)), [{ type: 'StartContainer', name: 'c', role: 'main', attempt: 2 }])
})

test('containers that run on in a sandbox that was removed under them end before others take their place', () => {
  const orphan = anIncarnation('c', { sandboxId: 'removed' as SandboxId })
  assert.deepEqual(at(one.build(), [orphan]).actions, [{ type: 'KillSandbox', id: 'removed' }])
  assert.deepEqual(
    at(one.build(), [exited(137, { sandboxId: 'removed' as SandboxId })], {}, 100_000).actions.map(({ type }) => type),
    ['StartContainer'],
  )
})

test('an ephemeral container that was made for a sandbox that is gone is made anew', () => {
  const pod = one.with({ ephemeralContainers: [{ name: 'e', image: 'a' }] }).build()
  const made = (sandboxId: string) => at(pod, [anIncarnation('c'), anIncarnation('e', { state: 'created', sandboxId: sandboxId as SandboxId })]).actions
  assert.deepEqual(made('s0'), [{ type: 'StartContainer', name: 'e', role: 'ephemeral', attempt: 0 }])
  assert.deepEqual(made('gone'), [{ type: 'StartContainer', name: 'e', role: 'ephemeral', attempt: 1 }])
})
