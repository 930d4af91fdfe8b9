import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Autoscaler, MetricSpec } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/autoscaler.ts'
import { type MetricOutcome, outcomeOf } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/metric-outcome.ts'
import type { MetricsSource } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/metrics-source.ts'
import { milliQuantity } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/milli-quantity.ts'
import { notRescaled, reconcile, rescaled } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/reconcile.ts'
import { now, someMetrics, somePods, usualTolerances } from './autoscalers.ts'

const target = (count: number) => ({
  namespace: 'default',
  selector: 'app=web',
  selects: () => true,
  pods: somePods(Array.from({ length: count }, () => ({}))),
  wanted: count,
  running: count,
  tolerances: usualTolerances,
})
const failing = async () => {
  throw new Error('unable to fetch metrics from custom metrics API: none')
}
const source = (over: Partial<MetricsSource>): MetricsSource => ({ resource: failing, pods: failing, object: failing, external: failing, ...over })
const selector = { matchLabels: { queue: 'q' } }
const selectorText = '&LabelSelector{MatchLabels:map[string]string{queue: q,},MatchExpressions:[]LabelSelectorRequirement{},}'
const ingress = { kind: 'Ingress', name: 'main', apiVersion: 'networking.k8s.io/v1' }

const proposals: [name: string, spec: object, reads: Partial<MetricsSource>, replicas: number, called: string, current: object][] = [
  [
    'Resource',
    { resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
    { resource: async () => someMetrics([900, 600]) },
    3,
    'cpu resource utilization (percentage of request)',
    { resource: { name: 'cpu', current: { averageUtilization: 75, averageValue: '750m' } } },
  ],
  [
    'Resource',
    { resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '32Mi' } } },
    { resource: async () => someMetrics([64 * 2 ** 20 * 1000, 64 * 2 ** 20 * 1000]) },
    4,
    'memory resource',
    { resource: { name: 'memory', current: { averageValue: '64Mi' } } },
  ],
  [
    'ContainerResource',
    { containerResource: { name: 'cpu', container: 'app', target: { type: 'Utilization', averageUtilization: 30 } } },
    { resource: async (_pods, _resource, container) => (container === 'app' ? someMetrics([600, 600]) : new Map()) },
    4,
    'cpu container resource utilization (percentage of request)',
    { containerResource: { name: 'cpu', container: 'app', current: { averageUtilization: 60, averageValue: '600m' } } },
  ],
  [
    'Pods',
    { pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '1k' } } },
    { pods: async () => someMetrics([1_500_000, 1_500_000]) },
    3,
    'pods metric qps',
    { pods: { metric: { name: 'qps' }, current: { averageValue: '1500' } } },
  ],
  [
    'Object',
    { object: { metric: { name: 'rps' }, describedObject: ingress, target: { type: 'Value', value: '10' } } },
    { object: async () => 25_000 },
    5,
    'Ingress metric rps',
    { object: { metric: { name: 'rps' }, describedObject: ingress, current: { value: '25' } } },
  ],
  [
    'Object',
    { object: { metric: { name: 'rps', selector }, describedObject: ingress, target: { type: 'AverageValue', averageValue: '10' } } },
    { object: async () => 25_000 },
    3,
    `external metric rps(${selectorText})`,
    { object: { metric: { name: 'rps', selector }, describedObject: ingress, current: { averageValue: '12500m' } } },
  ],
  [
    'External',
    { external: { metric: { name: 'depth', selector }, target: { type: 'AverageValue', averageValue: '30' } } },
    { external: async () => [100_000, 50_000] },
    5,
    `external metric depth(${selectorText})`,
    { external: { metric: { name: 'depth', selector }, current: { averageValue: '75' } } },
  ],
  [
    'External',
    { external: { metric: { name: 'depth' }, target: { type: 'Value', value: '30' } } },
    { external: async () => [60_500] },
    5,
    'external metric depth(nil)',
    { external: { metric: { name: 'depth' }, current: { value: '60500m' } } },
  ],
]
for (const [type, spec, reads, replicas, called, current] of proposals)
  test(`a metric of type ${type} proposes replicas, and is shown as it is: ${called}`, async () => {
    const outcome = await outcomeOf({ type, ...spec } as MetricSpec, target(2), source(reads), now)
    assert.deepEqual(outcome, { kind: 'proposal', replicas, name: called, status: { type, ...current } })
  })

const none = 'unable to fetch metrics from custom metrics API: none'
const failures: [type: string, spec: object, reason: string, message: string, error: string][] = [
  [
    'Resource',
    { resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
    'FailedGetResourceMetric',
    `failed to get cpu utilization: unable to get metrics for resource cpu: ${none}`,
    `failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for resource cpu: ${none}`,
  ],
  [
    'ContainerResource',
    { containerResource: { name: 'memory', container: 'app', target: { type: 'AverageValue', averageValue: '1Gi' } } },
    'FailedGetContainerResourceMetric',
    `failed to get memory usage: unable to get metrics for resource memory: ${none}`,
    `failed to get app container metric value: failed to get memory usage: unable to get metrics for resource memory: ${none}`,
  ],
  [
    'Pods',
    { pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '1k' } } },
    'FailedGetPodsMetric',
    `unable to get metric qps: ${none}`,
    `failed to get pods metric value: unable to get metric qps: ${none}`,
  ],
  [
    'Object',
    { object: { metric: { name: 'rps' }, describedObject: ingress, target: { type: 'AverageValue', averageValue: '10' } } },
    'FailedGetObjectMetric',
    `unable to get metric rps on Ingress default/main: ${none}`,
    `failed to get object metric value: failed to get rps object metric: unable to get metric rps on Ingress default/main: ${none}`,
  ],
  [
    'External',
    { external: { metric: { name: 'depth', selector }, target: { type: 'Value', value: '10' } } },
    'FailedGetExternalMetric',
    `unable to get external metric default/depth/${selectorText}: ${none}`,
    `failed to get depth external metric value: failed to get external metric depth: unable to get external metric default/depth/${selectorText}: ${none}`,
  ],
]
for (const [type, spec, reason, message, error] of failures)
  test(`a metric of type ${type} that is not to be had says so in upstream’s words`, async () => {
    assert.deepEqual(await outcomeOf({ type, ...spec } as MetricSpec, target(2), source({}), now), { kind: 'failure', reason, message, error })
  })

const autoscaler = (over: object = {}): Autoscaler =>
  ({ spec: { minReplicas: 2, maxReplicas: 10, scaleTargetRef: { kind: 'Deployment', name: 'web' }, ...over }, status: { desiredReplicas: 3 } }) as Autoscaler
const proposal = (replicas: number, name = 'cpu'): MetricOutcome => ({ kind: 'proposal', replicas, name, status: { type: 'Resource' } })
const failure: MetricOutcome = { kind: 'failure', reason: 'FailedGetResourceMetric', message: 'm', error: 'e' }
const plan = (current: number, outcomes: readonly MetricOutcome[], over: object = {}) =>
  reconcile({ autoscaler: autoscaler(over), current, measured: { kind: 'metrics', outcomes }, history: undefined }, now)
const conditions = ({ status }: { status: NonNullable<Autoscaler['status']> }) => status.conditions?.map(({ type, status: is, reason }) => [type, is, reason])

test('the most that any metric wants is what is done', () => {
  const grown = plan(3, [proposal(4, 'a'), proposal(6, 'b'), proposal(5, 'c')])
  assert.deepEqual(grown.rescale, { replicas: 6, reason: 'b above target' })
  assert.deepEqual(conditions(grown), [
    ['AbleToScale', 'True', 'ReadyForNewScale'],
    ['ScalingActive', 'True', 'ValidMetricFound'],
    ['ScalingLimited', 'False', 'DesiredWithinRange'],
  ])
  assert.equal(grown.status.conditions?.[1]?.message, 'the HPA was able to successfully calculate a replica count from b')
  const shrunk = plan(5, [proposal(4), proposal(3)], {
    behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 9, periodSeconds: 60 }] } },
  })
  assert.deepEqual(shrunk.rescale, { replicas: 4, reason: 'All metrics below target' })
  assert.equal(plan(3, [proposal(3)]).rescale, undefined)
})

test('with a metric that is not to be had it may grow, and does not shrink', () => {
  assert.deepEqual(plan(3, [failure, proposal(5)]).rescale, { replicas: 5, reason: 'cpu above target' })
  const held = plan(5, [proposal(3), failure])
  assert.deepEqual([held.rescale, conditions(held)?.[1]], [undefined, ['ScalingActive', 'False', 'FailedGetResourceMetric']])
  assert.deepEqual(held.events, [
    { type: 'Warning', reason: 'FailedGetResourceMetric', message: 'm' },
    { type: 'Warning', reason: 'FailedComputeMetricsReplicas', message: 'invalid metrics (1 invalid out of 2), first error is: e' },
  ])
  assert.deepEqual([held.status.currentReplicas, held.status.desiredReplicas, held.status.currentMetrics], [5, 3, [{ type: 'Resource' }, { type: '' }]])
  assert.equal(held.status.conditions?.[1]?.message, 'the HPA was unable to compute the replica count: m')
})

test('outside of its bounds a target is brought back whatever it uses, and one at none is left alone', () => {
  assert.deepEqual(plan(12, []).rescale, { replicas: 10, reason: 'Current number of replicas above Spec.MaxReplicas' })
  assert.deepEqual(plan(1, []).rescale, { replicas: 2, reason: 'Current number of replicas below Spec.MinReplicas' })
  const off = plan(0, [])
  assert.deepEqual([off.rescale, conditions(off)?.[1], off.status.desiredReplicas], [undefined, ['ScalingActive', 'False', 'ScalingDisabled'], 0])
})

test('what became of it is told', () => {
  const grown = plan(3, [proposal(5)])
  const to = grown.rescale ?? assert.fail('it grows')
  const done = rescaled(grown, autoscaler(), 3, to, now)
  assert.deepEqual(done.events.at(-1), { type: 'Normal', reason: 'SuccessfulRescale', message: 'New size: 5; reason: cpu above target' })
  assert.deepEqual([done.status.lastScaleTime, done.status.desiredReplicas, done.status.currentReplicas], ['2026-01-01T12:00:00Z', 5, 3])
  const [able] = done.status.conditions ?? []
  assert.deepEqual([able?.reason, able?.message], ['SucceededRescale', 'the HPA controller was able to update the target scale to 5'])
  const not = notRescaled(grown, autoscaler(), to, 'no', now)
  assert.deepEqual(not.events.at(-1), { type: 'Warning', reason: 'FailedRescale', message: 'New size: 5; reason: cpu above target; error: no' })
  assert.deepEqual([conditions(not)?.[0], not.status.desiredReplicas], [['AbleToScale', 'False', 'FailedUpdateScale'], 3])
})

test('amounts are shown as upstream’s quantities', () => {
  const shown: [number, string | undefined, string][] = [
    [250, 'cpu', '250m'],
    [2000, 'cpu', '2'],
    [1500, undefined, '1500m'],
    [1_000_000, undefined, '1k'],
    [64 * 2 ** 20 * 1000, 'memory', '64Mi'],
    [1_234_567_000, 'memory', '1234567'],
    [1_234_567_500, 'memory', '1234567500m'],
    [0, undefined, '0'],
  ]
  for (const [milli, resource, text] of shown) assert.equal(milliQuantity(milli, resource), text)
})
