import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advertisedAddress } from '../../src/controlplane/controllers/endpoints/api-server.ts'
import { startCluster } from '../../src/harness/harness.ts'
import type { ConfigMap, HorizontalPodAutoscaler } from '../../src/kube/objects.ts'
import { AggregatedServer } from '../controlplane/apiserver/aggregation/aggregated-server.ts'

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

test('so is what an adapter says, which an APIService leads to', async () => {
  await using cluster = await startCluster({ nodes: 0, clock: 'manual' })
  const { data } = await cluster.get<ConfigMap>('configmap/extension-apiserver-authentication', 'kube-system')
  await using adapter = await AggregatedServer.start(data?.['requestheader-client-ca-file'] ?? '', 'adapter.default.svc')
  let size = 40
  adapter.answer = (_, response) => {
    const items = [{ describedObject: { kind: 'Service', name: 'queue' }, timestamp: '2026-01-01T00:00:00Z', value: String(size) }]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ kind: 'MetricValueList', items }))
  }
  const group = 'custom.metrics.k8s.io'
  await cluster.apply(
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'adapter' }, spec: { ports: [{ name: 'https', port: 443 }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'adapter-1', labels: { 'kubernetes.io/service-name': 'adapter' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [advertisedAddress('0.0.0.0') ?? '127.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: 'https', port: adapter.port, protocol: 'TCP' }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1beta2.${group}` },
      spec: {
        group,
        version: 'v1beta2',
        service: { name: 'adapter', namespace: 'default' },
        caBundle: adapter.caBundle,
        groupPriorityMinimum: 100,
        versionPriority: 200,
      },
    },
    { ...deployment, spec: { ...deployment.spec, replicas: 1 } },
  )
  await cluster.clock.advance('1m')
  const object = {
    describedObject: { apiVersion: 'v1', kind: 'Service', name: 'queue' },
    metric: { name: 'depth' },
    target: { type: 'AverageValue', averageValue: '10' },
  }
  await cluster.apply({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 9, metrics: [{ type: 'Object', object }] },
  })
  const replicas = async () => (await cluster.get('deployment/web')).spec?.replicas
  await cluster.clock.advance('15s')
  assert.equal(await replicas(), 4)
  size = 70
  await cluster.clock.advance('15s')
  assert.equal(await replicas(), 7)
})
