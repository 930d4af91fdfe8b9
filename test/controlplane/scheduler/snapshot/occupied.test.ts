import assert from 'node:assert/strict'
import { test } from 'node:test'
import { occupiedBy } from '../../../../src/controlplane/scheduler/snapshot/occupied.ts'
import type { Pod } from '../../../../src/kube/objects.ts'
import { podRequests } from '../../../../src/kube/pod-requests.ts'

interface Case {
  readonly is: string
  readonly asks: string
  readonly given?: string
  readonly has?: string
  readonly status?: object
  readonly holds: number
}

const cases: readonly Case[] = [
  { is: 'that nothing is told of holds what it asks for', asks: '300m', holds: 300 },
  { is: 'that has what it asks for holds that', asks: '300m', given: '300m', has: '300m', holds: 300 },
  { is: 'that is to grow holds what it will have', asks: '500m', given: '300m', has: '300m', holds: 500 },
  { is: 'that is to shrink holds what it has', asks: '100m', given: '100m', has: '300m', holds: 300 },
  { is: 'whose resize waits for room holds what it will have', asks: '900m', given: '300m', has: '300m', status: { resize: 'Deferred' }, holds: 900 },
  {
    is: 'whose resize an older node calls infeasible holds what it has',
    asks: '900',
    given: '300m',
    has: '300m',
    status: { resize: 'Infeasible' },
    holds: 300,
  },
  {
    is: 'whose resize a node calls infeasible holds what it has',
    asks: '900',
    given: '300m',
    has: '300m',
    status: { conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }] },
    holds: 300,
  },
]

const podOf = ({ asks, given, has, status }: Case, list: 'containers' | 'initContainers'): Pod => {
  const container = { name: 'c', image: 'a', resources: { requests: { cpu: asks } }, ...(list === 'initContainers' && { restartPolicy: 'Always' }) }
  const told = { name: 'c', ...(given && { allocatedResources: { cpu: given } }), ...(has && { resources: { requests: { cpu: has } } }) }
  const statuses = { [list === 'containers' ? 'containerStatuses' : 'initContainerStatuses']: [told] }
  return { metadata: { name: 'p' }, spec: { containers: [], [list]: [container] }, status: { ...statuses, ...status } } as unknown as Pod
}

for (const each of cases)
  test(`a pod ${each.is}, and a sidecar does`, () => {
    assert.equal(podRequests(occupiedBy(podOf(each, 'containers'))).get('cpu'), each.holds)
    assert.equal(podRequests(occupiedBy(podOf(each, 'initContainers'))).get('cpu'), each.holds)
  })

test('a pod that holds what it asks for is itself', () => {
  const pod = podOf({ is: '', asks: '1', given: '1', has: '1', holds: 1000 }, 'containers')
  assert.equal(occupiedBy(pod), pod)
})
