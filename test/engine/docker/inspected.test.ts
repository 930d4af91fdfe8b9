import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers } from '../../../src/engine/docker/answers.ts'
import { containerState } from '../../../src/engine/docker/inspected.ts'
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
const life = (state: object) => {
  const found = containerState(inspected(state), { uid: podUid('u'), name: 'p', namespace: 'n' }, 'i')
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
