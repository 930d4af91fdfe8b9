import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plan } from '../../../actors/pod/plan/plan.ts'
import type { PodMemory } from '../../../actors/pod/plan/types.ts'
import { podStatus } from '../../../actors/pod/status/pod-status.ts'
import type { ContainerState } from '../../../src/engine/engine.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { anIncarnation, aPod, aSandbox } from '../../support/builders.ts'

const blank: PodMemory = {
  ...{ acceptedAt: 0, removed: false, volumesMounted: true, waiting: {}, restartBackoff: {}, imageBackoff: {} },
  ...{ probes: {}, postStartPending: [], restarting: [], oomKilled: [], terminationMessages: {} },
}
const look = (pod: Pod, containers: ContainerState[], memory: Partial<PodMemory> = {}) => {
  const input = { pod, observed: { sandboxes: [aSandbox()], containers }, memory: { ...blank, ...memory }, now: 1000 }
  const actions = plan(input).actions.map((each) => ('name' in each ? `${each.type} ${each.name}` : each.type))
  const status = podStatus({ ...input, facts: { node: undefined, hostIps: [] }, engineName: 'docker' })
  return { actions, status, init: status.initContainerStatuses?.[0], initialized: status.conditions?.find(({ type }) => type === 'Initialized')?.status }
}
const withInit = aPod().withInit({ name: 'eat' }).withContainer({ name: 'main' })
const ended = (more: Partial<ContainerState> = {}) => anIncarnation('eat', { state: 'exited', exitCode: 0, finishedAt: 900, ...more })

const reported = { name: 'eat', image: '', imageID: '', ready: false, restartCount: 0, containerID: 'docker://eat-0' }
const failed: [about: string, state: ContainerState, memory: Partial<PodMemory>, pod: (pod: typeof withInit) => typeof withInit][] = [
  ['that the engine says was OOM-killed', ended({ oomKilled: true }), {}, (pod) => pod],
  ['of whose OOM kill an event told', ended(), { oomKilled: ['eat-0'] }, (pod) => pod],
  [
    'that an earlier agent reported OOM-killed',
    ended(),
    {},
    (pod) =>
      pod.withStatus({
        initContainerStatuses: [{ ...reported, state: { terminated: { exitCode: 0, reason: 'OOMKilled', containerID: 'docker://eat-0' } as never } }],
      }),
  ],
  ['that the engine could not run', ended({ error: 'no such file', startedAt: 0 }), {}, (pod) => pod],
]
for (const [about, state, memory, more] of failed) {
  test(`an init container ${about} failed, though its exit code is 0: under Never the pod ends`, () => {
    const { actions, init, initialized } = look(more(withInit.with({ restartPolicy: 'Never' })).build(), [state], memory)
    assert.deepEqual(actions, ['CleanUp'])
    assert.equal(init?.ready, false)
    assert.equal(initialized, 'False')
    assert.equal(look(more(withInit.with({ restartPolicy: 'Never' })).build(), [state], { ...memory, cleaning: true }).status.phase, 'Failed')
  })
  test(`an init container ${about} is run again under OnFailure, and the main one waits`, () => {
    const { actions, status } = look(more(withInit.with({ restartPolicy: 'OnFailure' })).build(), [state], memory)
    assert.deepEqual(actions, ['StartContainer eat'])
    assert.equal(status.phase, 'Pending')
  })
}

test('an init container that ended well lets the main one start', () => {
  const { actions, init, initialized } = look(withInit.build(), [ended()])
  assert.deepEqual(actions, ['StartContainer main'])
  assert.deepEqual([init?.ready, initialized], [true, 'True'])
})

test('a main container is judged by its exit code alone, as with the kubelet, and its reason is told', () => {
  const pod = aPod().withContainer({ name: 'main' }).with({ restartPolicy: 'OnFailure' }).build()
  const { actions, status } = look(pod, [anIncarnation('main', { state: 'exited', exitCode: 0, oomKilled: true, finishedAt: 900 })], { cleaning: true })
  assert.ok(!actions.includes('StartContainer main'))
  assert.deepEqual([status.phase, status.containerStatuses?.[0]?.state?.terminated?.reason], ['Succeeded', 'OOMKilled'])
})

test('a sidecar that was OOM-killed is started again whatever its exit code and the pod’s policy', () => {
  const pod = aPod().withInit({ name: 'eat', restartPolicy: 'Always' }).withContainer({ name: 'main' }).with({ restartPolicy: 'Never' }).build()
  assert.ok(look(pod, [ended({ oomKilled: true }), anIncarnation('main')]).actions.includes('StartContainer eat'))
})
