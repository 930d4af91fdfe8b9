import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Charge, checkQuotas } from '../../../../src/controlplane/apiserver/admission/quota/check.ts'
import { countedBy, evaluatorOf } from '../../../../src/controlplane/apiserver/admission/quota/evaluator.ts'
import { listOf } from '../../../../src/controlplane/apiserver/admission/quota/quantities.ts'
import type { ResourceQuota } from '../../../../src/controlplane/apiserver/admission/quota/quota-kind.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'

type List = Record<string, string>
const resource = (name: string) => {
  const [plural = '', ...group] = name.split('.')
  return { resource: plural, group: group.join('.') }
}
const usage = (name: string, object: object, now = 0) => listOf(evaluatorOf(resource(name))?.usage(object as KubeObject, now) ?? new Map())
const quota = (hard: List, used: List, spec: object = {}): ResourceQuota => ({ metadata: { name: 'q' }, spec: { hard, ...spec }, status: { hard, used } })
const charge = (name: string, object: object, old?: object): Charge => {
  const evaluator = evaluatorOf(resource(name))
  assert.ok(evaluator)
  return { evaluator, object: object as KubeObject, ...(old && { old: old as KubeObject }), now: 0 }
}
const outcome = (quotas: ResourceQuota[], of: Charge) => {
  const result = checkQuotas(quotas, of)
  return 'refused' in result ? result.refused : result.charged.map(({ status }) => status?.used)
}
const pod = (spec: object = {}, more: object = {}) => ({ spec: { containers: [{ name: 'c' }], ...spec }, ...more })
const container = (name: string, requests: List, limits: List = {}) => ({ name, resources: { requests, limits } })

test('a pod uses what its containers request and may take, with the largest init container, sidecars and overhead', () => {
  const spec = {
    containers: [container('a', { cpu: '100m', memory: '1Gi', 'example.com/gpu': '2', 'hugepages-2Mi': '4Mi' }, { cpu: '1' }), container('b', { cpu: '200m' })],
    initContainers: [{ ...container('s', { cpu: '50m' }), restartPolicy: 'Always' }, container('i', { cpu: '400m' })],
    overhead: { cpu: '10m' },
  }
  assert.deepEqual(usage('pods', pod(spec)), {
    'count/pods': '1',
    pods: '1',
    cpu: '460m',
    'requests.cpu': '460m',
    'limits.cpu': '1010m',
    memory: '1Gi',
    'requests.memory': '1Gi',
    'hugepages-2Mi': '4Mi',
    'requests.hugepages-2Mi': '4Mi',
    'requests.example.com/gpu': '2',
  })
})

test('a pod that has ended, or should have, uses nothing but its place among objects', () => {
  assert.deepEqual(usage('pods', pod({}, { status: { phase: 'Succeeded' } })), { 'count/pods': '1' })
  const going = pod({}, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 } })
  assert.deepEqual(usage('pods', going, Date.parse('2026-01-01T00:00:29Z')), { 'count/pods': '1', pods: '1' })
  assert.deepEqual(usage('pods', going, Date.parse('2026-01-01T00:00:31Z')), { 'count/pods': '1' })
})

for (const [name, object, expected] of [
  [
    'services',
    { spec: { type: 'ClusterIP', ports: [{}] } },
    { 'count/services': '1', services: '1', 'services.nodeports': '0', 'services.loadbalancers': '0' },
  ],
  [
    'services',
    { spec: { type: 'NodePort', ports: [{}, {}] } },
    { 'count/services': '1', services: '1', 'services.nodeports': '2', 'services.loadbalancers': '0' },
  ],
  [
    'services',
    { spec: { type: 'LoadBalancer', ports: [{}, { nodePort: 1 }] } },
    { 'count/services': '1', services: '1', 'services.nodeports': '2', 'services.loadbalancers': '1' },
  ],
  [
    'services',
    { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{}, { nodePort: 1 }] } },
    { 'count/services': '1', services: '1', 'services.nodeports': '1', 'services.loadbalancers': '1' },
  ],
  [
    'persistentvolumeclaims',
    { spec: { storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } } },
    {
      'count/persistentvolumeclaims': '1',
      persistentvolumeclaims: '1',
      'fast.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
      'requests.storage': '2Gi',
      'fast.storageclass.storage.k8s.io/requests.storage': '2Gi',
    },
  ],
  ['configmaps', {}, { 'count/configmaps': '1', configmaps: '1' }],
  ['deployments.apps', {}, { 'count/deployments.apps': '1' }],
  ['widgets.example.com', {}, { 'count/widgets.example.com': '1' }],
] as const)
  test(`${name} ${JSON.stringify(object).slice(0, 60)} are counted as upstream counts them`, () => {
    assert.deepEqual(usage(name, object), expected)
  })

test('what a quota counts says whose objects are to be looked at', () => {
  const of = [
    'pods',
    'limits.memory',
    'requests.example.com/gpu',
    'hugepages-2Mi',
    'services.nodeports',
    'x.storageclass.storage.k8s.io/requests.storage',
    'count/jobs.batch',
    'secrets',
  ]
  assert.deepEqual(of.map(countedBy), ['pods', 'pods', 'pods', 'pods', 'services', 'persistentvolumeclaims', 'jobs.batch', 'secrets'])
  assert.equal(countedBy('unheard-of'), undefined)
})

test('a quota is added to, or refuses by what is too much', () => {
  const asks = (cpu: string) => charge('pods', pod({ containers: [container('c', { cpu })] }))
  const hard = { pods: '2', 'requests.cpu': '1' }
  assert.deepEqual(outcome([quota(hard, { pods: '1', 'requests.cpu': '500m' })], asks('500m')), [{ pods: '2', 'requests.cpu': '1' }])
  assert.equal(
    outcome([quota(hard, { pods: '1', 'requests.cpu': '500m' })], asks('501m')),
    'exceeded quota: q, requested: requests.cpu=501m, used: requests.cpu=500m, limited: requests.cpu=1',
  )
  assert.equal(
    outcome([quota(hard, { pods: '2', 'requests.cpu': '600m' })], asks('500m')),
    'exceeded quota: q, requested: pods=1,requests.cpu=500m, used: pods=2,requests.cpu=600m, limited: pods=2,requests.cpu=1',
  )
  assert.equal(outcome([quota({ pods: '1' }, { pods: '1' })], charge('pods', pod())), 'exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1')
  assert.equal(outcome([quota({ pods: '1' }, {})], charge('pods', pod())), 'status unknown for quota: q, resources: pods')
  assert.deepEqual(outcome([quota({ pods: '1' }, { pods: '1' })], charge('configmaps', {})), [])
})

test('a container must say what is counted of it', () => {
  const spec = { containers: [container('a', { cpu: '1' }), { name: 'b' }], initContainers: [{ name: 'i' }] }
  const hard = { 'requests.cpu': '1', 'limits.memory': '1Gi' }
  assert.equal(
    outcome([quota(hard, { 'requests.cpu': '0', 'limits.memory': '0' })], charge('pods', pod(spec))),
    'failed quota: q: must specify limits.memory for: a,b,i; requests.cpu for: b,i',
  )
})

test('an update is charged for what it adds, and gives back nothing', () => {
  const claim = (size: string) => ({ metadata: { resourceVersion: '1' }, spec: { resources: { requests: { storage: size } } } })
  const counted = quota({ 'requests.storage': '5Gi' }, { 'requests.storage': '3Gi' })
  assert.deepEqual(outcome([counted], charge('persistentvolumeclaims', claim('4Gi'), claim('2Gi'))), [{ 'requests.storage': '5Gi' }])
  assert.match(
    String(outcome([counted], charge('persistentvolumeclaims', claim('6Gi'), claim('2Gi')))),
    /^exceeded quota: q, requested: requests.storage=4Gi, used: requests.storage=3Gi/,
  )
  assert.deepEqual(outcome([counted], charge('persistentvolumeclaims', claim('1Gi'), claim('2Gi'))), [])
})

for (const [spec, subject, isCounted] of [
  [{ scopes: ['Terminating'] }, pod({ activeDeadlineSeconds: 1 }), true],
  [{ scopes: ['Terminating'] }, pod(), false],
  [{ scopes: ['NotTerminating', 'BestEffort'] }, pod(), true],
  [{ scopes: ['BestEffort'] }, pod({ containers: [container('c', { cpu: '1' })] }), false],
  [{ scopes: ['NotBestEffort'] }, pod({ containers: [container('c', {}, { memory: '1Gi' })] }), true],
  [{ scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } }, pod({ priorityClassName: 'high' }), true],
  [{ scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } }, pod({ priorityClassName: 'low' }), false],
  [{ scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'DoesNotExist' }] } }, pod(), true],
  [
    { scopes: ['CrossNamespacePodAffinity'] },
    pod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['x'] }] } } }),
    true,
  ],
  [{ scopes: ['CrossNamespacePodAffinity'] }, pod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}] } } }), false],
] as const)
  test(`a quota with ${JSON.stringify(spec)} ${isCounted ? 'counts' : 'does not count'} ${JSON.stringify(subject.spec)}`, () => {
    assert.deepEqual(outcome([quota({ pods: '1' }, { pods: '0' }, spec)], charge('pods', subject)), isCounted ? [{ pods: '1' }] : [])
  })
