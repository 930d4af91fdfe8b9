import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toV1, toV2 } from '../../../../../src/controlplane/apiserver/kinds/autoscaling/convert-v1.ts'
import { horizontalPodAutoscalers } from '../../../../../src/controlplane/apiserver/kinds/autoscaling/horizontal-pod-autoscalers.ts'
import { horizontalPodAutoscalersV1 } from '../../../../../src/controlplane/apiserver/kinds/autoscaling/horizontal-pod-autoscalers-v1.ts'
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1, KubeObject } from '../../../../../src/kube/objects.ts'
import { makeBackend } from '../../../harness.ts'
import { refusals, withValues } from '../../../refusals.ts'
import { samples } from '../../../samples.ts'

const { backend } = await makeBackend()
const resource = 'horizontalpodautoscalers.autoscaling'
const sample = samples[resource] as HorizontalPodAutoscaler
const metrics = [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
  { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '64Mi' } } },
  { type: 'Pods', pods: { metric: { name: 'hits' }, target: { type: 'AverageValue', averageValue: '10' } } },
  {
    type: 'Object',
    object: {
      describedObject: { kind: 'Service', name: 's' },
      metric: { name: 'rate', selector: { matchLabels: { a: 'b' } } },
      target: { type: 'Value', value: '7' },
    },
  },
  { type: 'External', external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '30' } } },
  { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'c', target: { type: 'Utilization', averageUtilization: 60 } } },
]

test('an autoscaler of which nothing is said looks at the CPU; a behavior that is begun is filled in', async () => {
  const object = withValues(sample, { 'spec.behavior': { scaleUp: { selectPolicy: 'Min' } } }) as KubeObject
  const { spec, status } = (await backend.create({ resource, namespace: 'default' }, object)) as HorizontalPodAutoscaler
  const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }
  assert.deepEqual([spec?.minReplicas, spec?.metrics], [1, [cpu]])
  const everyPod = { type: 'Percent', value: 100, periodSeconds: 15 }
  assert.deepEqual(spec?.behavior, {
    scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Min', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, everyPod] },
    scaleDown: { selectPolicy: 'Max', policies: [everyPod] },
  })
  assert.deepEqual(status, { desiredReplicas: 0, currentMetrics: null })
})

test('what v1 shows of an autoscaler goes back to the same autoscaler', () => {
  const current = [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40 } } },
    { type: 'Pods', pods: { metric: { name: 'hits' }, current: { averageValue: '3' } } },
  ]
  const conditions = [{ type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }]
  const stored = {
    ...withValues(sample, {
      'spec.metrics': metrics,
      'spec.behavior': { scaleDown: { stabilizationWindowSeconds: 5 } },
      'metadata.annotations': { own: 'x' },
    }),
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    status: { currentReplicas: 1, desiredReplicas: 2, currentMetrics: current, conditions },
  }
  const shown = toV1(stored as KubeObject) as HorizontalPodAutoscalerV1
  assert.equal(shown.apiVersion, 'autoscaling/v1')
  assert.deepEqual(shown.spec, { scaleTargetRef: sample.spec?.scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 })
  assert.equal(shown.status?.currentCPUUtilizationPercentage, 40)
  const annotation = shown.metadata?.annotations?.['autoscaling.alpha.kubernetes.io/metrics'] ?? ''
  assert.match(annotation, /^\[\{"type":"Resource","resource":\{"name":"memory","targetAverageValue":"64Mi"\}\}/)
  assert.deepEqual(toV2(shown as KubeObject), stored)
})

test('the two versions are of one stored object, and agree on its defaults', () => {
  assert.equal(horizontalPodAutoscalersV1.storagePrefix, horizontalPodAutoscalers.storagePrefix)
  const given = structuredClone(sample) as KubeObject
  horizontalPodAutoscalersV1.defaults(given)
  const direct = structuredClone(sample) as KubeObject
  horizontalPodAutoscalers.defaults(direct)
  assert.deepEqual((toV2(given) as HorizontalPodAutoscaler).spec, (direct as HorizontalPodAutoscaler).spec)
})

const wrong: [changes: { [path: string]: unknown }, expected: string[]][] = [
  [
    { 'spec.minReplicas': 0 },
    [
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    ],
  ],
  [{ 'spec.minReplicas': 5 }, ['spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`']],
  [{ 'spec.scaleTargetRef.kind': '' }, ['spec.scaleTargetRef.kind: Required value']],
  [{ 'spec.scaleTargetRef.name': 'a/b' }, [`spec.scaleTargetRef.name: Invalid value: "a/b": may not contain '/'`]],
  [{ 'spec.metrics': [{ type: 'Pods' }] }, ['spec.metrics[0].pods: Required value: must populate information for the given metric source']],
  [{ 'spec.metrics': [{ ...metrics[0], pods: metrics[2]?.pods }] }, ['spec.metrics[0].pods: Forbidden: must populate the given metric source only']],
  [
    { 'spec.metrics': [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Often', averageValue: '-1' } } }] },
    [
      'spec.metrics[0].resource.target.type: Invalid value: "Often": must be either Utilization, Value, or AverageValue',
      'spec.metrics[0].resource.target.averageValue: Invalid value: "-1": must be positive',
    ],
  ],
  [
    { 'spec.behavior': { scaleDown: { stabilizationWindowSeconds: 3601, policies: [{ type: 'Pods', value: 0, periodSeconds: 1801 }] } } },
    [
      'spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
  ],
]
for (const [changes, expected] of wrong)
  test(`an autoscaler with ${JSON.stringify(changes)} is refused in upstream’s words`, async () => {
    assert.deepEqual(await refusals(backend, resource, withValues(sample, { 'metadata.name': 'wrong', ...changes })), expected)
  })

test('targets print with what is and what is wished, two at most', () => {
  const cell = (spec: object, status: object = {}) => horizontalPodAutoscalers.printer.cells({ spec, status } as KubeObject, 0)[2]
  assert.equal(cell({ metrics: [] }), '<none>')
  const status = { currentMetrics: [{ resource: { current: { averageUtilization: 12 } } }] }
  assert.equal(cell({ metrics: metrics.slice(0, 2) }, status), 'cpu: 12%/50%, memory: <unknown>/64Mi')
  assert.equal(cell({ metrics }), 'cpu: <unknown>/50%, memory: <unknown>/64Mi + 4 more...')
})

test('a behaviour tolerates a part of the target, and nothing below none', async () => {
  const rules = (tolerance: string) => ({ 'spec.behavior': { scaleUp: { tolerance }, scaleDown: { tolerance } } })
  const refused = (at: string, value: string) => `spec.behavior.${at}.tolerance: Invalid value: "${value}": must be greater than or equal to 0`
  assert.deepEqual(await refusals(backend, resource, withValues(sample, rules('-50m'))), [refused('scaleUp', '-50m'), refused('scaleDown', '-50m')])
  const made = await backend.create({ resource, namespace: 'default' }, withValues(sample, { ...rules('50m'), 'metadata.name': 'tolerant' }) as KubeObject)
  assert.equal((made as HorizontalPodAutoscaler).spec?.behavior?.scaleDown?.tolerance, '50m')
})
