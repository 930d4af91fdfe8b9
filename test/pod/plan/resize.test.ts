import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resizeFor } from '../../../actors/pod/plan/resize.ts'
import { resizedContainer, resizeStatus } from '../../../actors/pod/status/resize-status.ts'
import { anIncarnation, aPod } from '../../support/builders.ts'

const wanted = { cpuShares: 204, cpuQuota: 20_000, cpuPeriod: 100_000, memoryLimitBytes: 64 }
const before = { cpuShares: 102, cpuQuota: 10_000, cpuPeriod: 100_000, memoryLimitBytes: 64 }
const container = {
  name: 'c',
  resources: { limits: { cpu: '200m', memory: '64' }, requests: { cpu: '200m', memory: '64' } },
  resizePolicy: [
    { resourceName: 'cpu', restartPolicy: 'NotRequired' },
    { resourceName: 'memory', restartPolicy: 'RestartContainer' },
  ],
}
const pod = aPod().withContainer(container).build()
const desired = { byContainer: { c: wanted } }
const plan = (resources: object, spec: object = container) => resizeFor(pod, spec as never, anIncarnation('c', { resources }), desired)

test('what differs is updated in place, or by a restart where the policy says so', () => {
  assert.equal(plan(wanted), undefined)
  assert.deepEqual(plan(before), { type: 'UpdateResources', id: 'c-0', name: 'c', resources: wanted })
  const kill = plan({ ...wanted, memoryLimitBytes: 32 })
  assert.ok(kill?.type === 'KillContainer' && kill.message === 'Container c resize requires restart')
})

test('nothing is changed in pods that cannot be resized', () => {
  assert.equal(plan(before, { name: 'c' }), undefined)
})

test('the status says where a resize stands and what the container has meanwhile', () => {
  const observed = (resources: object) => ({ sandboxes: [], containers: [anIncarnation('c', { resources })] })
  assert.equal(resizeStatus(pod, observed(before), desired), 'InProgress')
  for (const held of ['Infeasible', 'Deferred'] as const) assert.equal(resizeStatus(pod, observed(wanted), { ...desired, held }), held)
  assert.equal(resizeStatus(pod, observed(wanted), desired), undefined)
  assert.deepEqual(resizedContainer(container, before, desired), {
    resources: { limits: { cpu: '100m', memory: '64' }, requests: { cpu: '100m', memory: '64' } },
  })
  assert.deepEqual(resizedContainer(container, wanted, desired), { resources: container.resources, allocatedResources: container.resources.requests })
  assert.deepEqual(resizedContainer(container, wanted, undefined), {})
})
