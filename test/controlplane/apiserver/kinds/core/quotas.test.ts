import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resourceQuotas } from '../../../../../src/controlplane/apiserver/kinds/core/resource-quotas.ts'
import type { KubeObject, LimitRange, ReplicationController } from '../../../../../src/kube/objects.ts'
import { makeBackend } from '../../../harness.ts'
import { refusals, updateRefusals, withValues } from '../../../refusals.ts'
import { samples } from '../../../samples.ts'

const { backend } = await makeBackend()
const sample = (resource: string) => samples[resource] as KubeObject

test('a limit range gives containers what they may have and must ask for', async () => {
  const created = (await backend.create({ resource: 'limitranges', namespace: 'default' }, structuredClone(sample('limitranges')))) as LimitRange
  assert.deepEqual(created.spec?.limits[0], {
    type: 'Container',
    max: { cpu: '2' },
    min: { memory: '1Mi' },
    default: { cpu: '2' },
    defaultRequest: { memory: '1Mi', cpu: '2' },
  })
})

test('a replication controller selects the pods of its template and has their labels', async () => {
  const created = (await backend.create(
    { resource: 'replicationcontrollers', namespace: 'default' },
    structuredClone(sample('replicationcontrollers')),
  )) as ReplicationController
  assert.deepEqual([created.spec?.selector, created.metadata?.labels, created.spec?.replicas], [{ app: 'web' }, { app: 'web' }, 1])
  const ref = { resource: 'replicationcontrollers', namespace: 'default', name: 'web' }
  const scale = await backend.patch(ref, 'application/merge-patch+json', { spec: { replicas: 2 } }, { subresource: 'scale' })
  assert.deepEqual((scale as { status?: object }).status, { replicas: 0, selector: 'app=web' })
})

const limits = (item: object) => ({ 'spec.limits': [item] })
const wrong: [resource: string, changes: { [path: string]: unknown }, expected: string[]][] = [
  [
    'limitranges',
    limits({ type: 'Container', max: { cpu: '1' }, min: { cpu: '2' }, default: { cpu: '1' }, defaultRequest: { cpu: '2' } }),
    [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
      'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
    ],
  ],
  ['limitranges', limits({ type: 'Pod', default: { cpu: '1' } }), ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"]],
  ['limitranges', limits({ type: 'House' }), ['spec.limits[0].type: Invalid value: "House": must be a standard limit type or fully qualified']],
  [
    'limitranges',
    limits({ type: 'PersistentVolumeClaim' }),
    ['spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided'],
  ],
  [
    'limitranges',
    limits({ type: 'Container', maxLimitRequestRatio: { cpu: '500m' } }),
    ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
  ],
  [
    'limitranges',
    limits({ type: 'Container', max: { pods: '1' } }),
    [
      'spec.limits[0].max[pods]: Invalid value: "pods": must be a standard resource for containers',
      'spec.limits[0].default[pods]: Invalid value: "pods": must be a standard resource for containers',
      'spec.limits[0].defaultRequest[pods]: Invalid value: "pods": must be a standard resource for containers',
    ],
  ],
  [
    'resourcequotas',
    { 'spec.hard': { horses: '1' } },
    [
      'spec.hard[horses]: Invalid value: "horses": must be a standard resource type or fully qualified',
      'spec.hard[horses]: Invalid value: "horses": must be a standard resource for quota',
    ],
  ],
  ['resourcequotas', { 'spec.hard': { pods: '1500m' } }, ['spec.hard[pods]: Invalid value: "1500m": must be an integer']],
  ['resourcequotas', { 'spec.hard': { 'limits.cpu': '-1' } }, ['spec.hard[limits.cpu]: Invalid value: "-1": must be greater than or equal to 0']],
  ['resourcequotas', { 'spec.scopes': ['BestEffort'] }, ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource']],
  [
    'resourcequotas',
    { 'spec.hard': { pods: '1' }, 'spec.scopes': ['Terminating', 'NotTerminating'] },
    ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
  ],
  [
    'resourcequotas',
    { 'spec.hard': { pods: '1' }, 'spec.scopeSelector': { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
    ["spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"],
  ],
  ['replicationcontrollers', { 'spec.template': undefined }, ['spec.selector: Required value', 'spec.template: Required value']],
  [
    'replicationcontrollers',
    { 'spec.selector': { app: 'other' } },
    ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
  ],
  ['podtemplates', { 'template.spec.containers': [] }, ['template.spec.containers: Required value']],
]
for (const [resource, changes, expected] of wrong)
  test(`a new one of ${resource} with ${JSON.stringify(changes)} is refused in upstream’s words`, async () => {
    assert.deepEqual(await refusals(backend, resource, withValues(sample(resource), { 'metadata.name': 'wrong', ...changes })), expected)
  })

test('the scopes of a quota do not change, and it prints what is used of what', async () => {
  await backend.create(
    { resource: 'resourcequotas', namespace: 'default' },
    withValues(sample('resourcequotas'), { 'metadata.name': 'q', 'spec.hard': { pods: '2' } }),
  )
  assert.deepEqual(await updateRefusals(backend, 'resourcequotas', 'q', { 'spec.scopes': ['NotTerminating'] }), [
    'spec.scopes: Invalid value: ["NotTerminating"]: field is immutable',
  ])
  const status = { hard: { pods: '2', 'limits.cpu': '3', 'requests.cpu': '1' }, used: { pods: '1' } }
  assert.deepEqual(resourceQuotas.printer.cells({ metadata: { name: 'q' }, status } as KubeObject, 0), [
    'q',
    'pods: 1/2, requests.cpu: 0/1',
    'limits.cpu: 0/3',
    '<unknown>',
  ])
})
