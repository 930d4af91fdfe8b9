import assert from 'node:assert/strict'
import { test } from 'node:test'
import { podView } from '../../src/cadvisor/pod-view.ts'
import type { ContainerStatus, Pod } from '../../src/kube/objects.ts'
import { runningPod } from './fixture.ts'

const withState = (state: ContainerStatus['state'], extra: Partial<ContainerStatus> = {}, phase = 'Running'): Pod => {
  const pod = runningPod('web', 'u1')
  const [status] = pod.status?.containerStatuses ?? []
  return { ...pod, status: { ...pod.status, phase, containerStatuses: [{ ...(status as ContainerStatus), ready: false, state, ...extra }] } }
}

for (const [what, pod, status, health] of [
  ['that runs', runningPod('web', 'u1'), 'Running', 'good'],
  ['whose container waits for its restart', withState({ waiting: { reason: 'CrashLoopBackOff' } }), 'CrashLoopBackOff', 'bad'],
  ['whose image cannot be pulled', withState({ waiting: { reason: 'ErrImagePull' } }, {}, 'Pending'), 'ErrImagePull', 'bad'],
  ['that is being made', withState({ waiting: { reason: 'ContainerCreating' } }, {}, 'Pending'), 'ContainerCreating', 'waiting'],
  ['that is done', withState({ terminated: { exitCode: 0, reason: 'Completed' } }, {}, 'Succeeded'), 'Completed', 'done'],
  ['that ran out of memory', withState({ terminated: { exitCode: 137, reason: 'OOMKilled' } }, {}, 'Failed'), 'OOMKilled', 'bad'],
  ['that is not ready', withState({ running: {} }), 'Running', 'waiting'],
  ['that is new', { metadata: { name: 'n', uid: 'u' }, spec: { containers: [{ name: 'c' }] } }, 'Pending', 'waiting'],
  ['that is deleted', { ...runningPod('w', 'u'), metadata: { name: 'w', uid: 'u', deletionTimestamp: '2026-01-01T00:00:00Z' } }, 'Terminating', 'waiting'],
] as [string, Pod, string, string][])
  test(`a pod ${what} is shown as ${status}`, () => {
    const view = podView(pod)
    assert.equal(view.status, status)
    assert.equal(view.health, health)
  })

test('a pod waits for its init containers by number, and a sidecar counts among what is ready', () => {
  const pod: Pod = {
    metadata: { name: 'p', uid: 'u' },
    spec: { initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }, { name: 'j' }], containers: [{ name: 'c' }] },
    status: {
      phase: 'Pending',
      initContainerStatuses: [{ name: 'i', ready: true, restartCount: 0, image: '', imageID: '', state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
    },
  }
  const view = podView(pod)
  assert.equal(view.status, 'Init:1/2')
  assert.equal(view.total, 2)
  assert.deepEqual(
    view.containers.map(({ kind }) => kind),
    ['init', 'sidecar', 'init', 'container'],
  )
})

test('the last exit, restarts and limits of a container are shown', () => {
  const last = { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '1970-01-01T00:00:05Z' } }
  const [container] = podView(withState({ running: { startedAt: '1970-01-01T00:00:06Z' } }, { restartCount: 3, lastState: last })).containers
  assert.equal(container?.restarts, 3)
  assert.equal(container.startedAt, 6000)
  assert.equal(container.memoryLimit, 2 ** 20)
  assert.deepEqual([container.last?.reason, container.last?.exitCode, container.last?.finishedAt], ['OOMKilled', 137, 5000])
})
