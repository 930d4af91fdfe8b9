import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers } from '../../../src/engine/docker/answers.ts'
import { containerState, hasForeignNetwork, sandboxState } from '../../../src/engine/docker/inspected.ts'
import { podUid } from '../../../src/kube/ids.ts'

const inspected = (state: object) =>
  answers.containerDetails.parse({
    Id: 'c1',
    Name: '/k8s_c_p_n_u_0',
    Created: '2026-01-01T00:00:00.5Z',
    Image: 'sha256:1',
    State: { Status: 'exited', Running: false, Paused: false, Restarting: false, OOMKilled: false, Pid: 0, ExitCode: 0, Error: '', ...state },
    Config: { Labels: {}, User: '' },
    HostConfig: {},
    Mounts: [],
  })
const names = { statusId: 'docker://sha256:1', tag: 'busybox:1' }
const life = (state: object) => {
  const found = containerState(inspected(state), { uid: podUid('u'), name: 'p', namespace: 'n' }, names)
  return [found.state, found.startedAt, found.finishedAt, found.exitCode]
}
const at = (seconds: number) => Date.UTC(2026, 0, 1, 0, 0, seconds)
const stamp = (seconds: number) => new Date(at(seconds)).toISOString()
const never = '0001-01-01T00:00:00Z'

test('a container that ended before Docker noted its start did not end before it began', () => {
  assert.deepEqual(life({ StartedAt: stamp(3), FinishedAt: stamp(2) }), ['exited', at(2), at(2), 0])
  assert.deepEqual(life({ StartedAt: stamp(2), FinishedAt: stamp(3), ExitCode: 4 }), ['exited', at(2), at(3), 4])
})

test('one that runs again has no end, whatever Docker still knows of the last', () => {
  assert.deepEqual(life({ Running: true, Status: 'running', StartedAt: stamp(5), FinishedAt: stamp(3) }), ['running', at(5), undefined, undefined])
})

test('one that could not be started has ended when it was made', () => {
  const made = Date.UTC(2026, 0, 1, 0, 0, 0, 500)
  assert.deepEqual(life({ Status: 'created', StartedAt: never, FinishedAt: never, ExitCode: 127, Error: 'no such file' }), ['exited', made, made, 127])
  assert.deepEqual(life({ Status: 'created', StartedAt: never, FinishedAt: never }), ['created', undefined, undefined, undefined])
})

const made = (config: object, hostConfig: object) =>
  containerState(
    {
      ...inspected({}),
      ...answers.containerDetails.pick({ Config: true, HostConfig: true }).parse({ Config: { Labels: {}, User: '', ...config }, HostConfig: hostConfig }),
    },
    { uid: podUid('u'), name: 'p', namespace: 'n' },
    names,
  )

test('mounts are known again as cri-dockerd asks for them, and so are the image’s names', () => {
  const Binds = [
    '/v/pods/u/etc-hosts:/etc/hosts',
    '/v/pods/u/containers/c/12ab34cd:/dev/termination-log:Z',
    '/data:/d:ro,rslave',
    '/shared:/s:rshared',
    'volume:/x',
  ]
  const found = made({ Image: 'sha256:1' }, { Binds })
  assert.deepEqual(found.mounts, [
    { hostPath: '/v/pods/u/etc-hosts', containerPath: '/etc/hosts', readOnly: false, propagation: 'private' },
    { hostPath: '/v/pods/u/containers/c/12ab34cd', containerPath: '/dev/termination-log', readOnly: false, propagation: 'private' },
    { hostPath: '/data', containerPath: '/d', readOnly: true, propagation: 'rslave' },
    { hostPath: '/shared', containerPath: '/s', readOnly: false, propagation: 'rshared' },
  ])
  assert.deepEqual([found.image, found.imageId], ['busybox:1', 'docker://sha256:1'])
  assert.equal(made({ Labels: { 'io.podsteward.image-spec': 'busybox@sha256:2' }, Image: 'sha256:1' }, {}).image, 'busybox@sha256:2')
})

test('a sandbox whose network others than Docker gave it is ready with the addresses that are found in it', () => {
  const pod = { uid: podUid('u'), name: 'p', namespace: 'n' }
  const info = inspected({ Running: true, Status: 'running', Pid: 7 })
  const byCni = { ...info, HostConfig: { ...info.HostConfig, NetworkMode: 'none' } }
  assert.deepEqual([hasForeignNetwork(byCni), hasForeignNetwork(info)], [true, false])
  const state = sandboxState(byCni, pod, ['10.244.1.5'])
  assert.deepEqual([state.ready, state.ips, state.networkMode], [true, ['10.244.1.5'], 'pod'])
  assert.equal(sandboxState(byCni, pod).ready, false)
})
