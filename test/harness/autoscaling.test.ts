import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'
import type { HorizontalPodAutoscaler } from '../../src/kube/objects.ts'

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'web:1', resources: { requests: { cpu: '1', memory: '128Mi' } } }] },
    },
  },
}
const target = (name: string, averageUtilization: number) => ({ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } })

test('what the nodes measure is read within the moment of the clock in which an autoscaler looks', async () => {
  await using cluster = await startCluster({ nodes: 3, clock: 'manual', behaviour: { cpu: '600m', memory: '64Mi' } })
  await cluster.apply(deployment)
  await cluster.clock.advance('10m')
  await cluster.apply({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 9, metrics: [target('cpu', 60), target('memory', 50)] },
  })
  // No moment more than it waits.
  await cluster.clock.advance('15s')
  const { status } = (await cluster.get('hpa/web')) as HorizontalPodAutoscaler
  assert.deepEqual(status?.currentMetrics, [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 60, averageValue: '600m' } } },
    { type: 'Resource', resource: { name: 'memory', current: { averageUtilization: 50, averageValue: '64Mi' } } },
  ])
  assert.deepEqual(
    status?.conditions?.map(({ type, status: is, reason }) => [type, is, reason]),
    [
      ['AbleToScale', 'True', 'ReadyForNewScale'],
      ['ScalingActive', 'True', 'ValidMetricFound'],
      ['ScalingLimited', 'False', 'DesiredWithinRange'],
    ],
  )
})
