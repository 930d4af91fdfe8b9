import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeploymentController } from '../../../../src/controlplane/controllers/deployment/deployments.ts'
import { type AutoscalerOptions, HorizontalPodAutoscalerController } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/controller.ts'
import type { MetricsSource } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/metrics-source.ts'
import { ReplicaSetController } from '../../../../src/controlplane/controllers/replica-set/replica-sets.ts'
import { replicaSetKind } from '../../../../src/controlplane/controllers/replica-set/replicated.ts'
import { isReady } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import type { Deployment, HorizontalPodAutoscaler, KubeObject } from '../../../../src/kube/objects.ts'
import { aDeployment, inDefault, template, workloadStage } from '../workload-stage.ts'

const resource = 'horizontalpodautoscalers.autoscaling'
const deployments = inDefault('deployments.apps')

/** Deployments `web` whose pods are ready at once and share a load, in thousandths of a CPU, and the autoscalers that look at them. */
async function stage(metrics?: (load: () => number) => Partial<MetricsSource>) {
  let load = 0
  const given = metrics?.(() => load)
  const at = await workloadStage((options) => {
    new ReplicaSetController(options, replicaSetKind)
    new DeploymentController(options)
    const source = given as AutoscalerOptions['metrics']
    new HorizontalPodAutoscalerController({ ...options, ...(source && { metrics: source }) })
  })
  const { backend, clock } = at
  const pod = template({ app: 'web' })
  const requests = { containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '1' } } }] }
  return {
    ...at,
    setLoad: (next: number) => {
      load = next
    },
    deploy: (replicas: number, name = 'web') =>
      backend.create(
        deployments,
        aDeployment(name, replicas, { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: requests } }),
      ),
    autoscale: (spec: object = {}, name = 'web') =>
      backend.create({ resource, namespace: 'default' }, {
        metadata: { name },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          minReplicas: 2,
          maxReplicas: 10,
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
          ...spec,
        },
      } as KubeObject),
    hpa: (name = 'web') => at.get<HorizontalPodAutoscaler>(resource, name),
    /** Lets time pass; pods become ready whenever there are some that are not. */
    pass: async (ms: number, step = 15_000) => {
      for (let left = ms; left > 0; left -= step) {
        await clock.advance(Math.min(step, left))
        for (const each of (await at.activePods()).filter((one) => !isReady(one)))
          await at.say(each, {
            phase: 'Running',
            startTime: new Date(clock.wall()).toISOString(),
            conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(clock.wall()).toISOString() }],
          })
      }
      await at.settle()
    },
    replicas: async () => (await at.get<Deployment>('deployments.apps', 'web')).spec?.replicas,
    pod,
  }
}

/** The load shared by the pods that are there. */
const shared =
  (at: () => Awaited<ReturnType<typeof stage>>) =>
  (load: () => number): Partial<MetricsSource> => ({
    async resource() {
      const pods = await at().activePods()
      return new Map(pods.map(({ metadata }) => [metadata?.name ?? '', { value: Math.round(load() / pods.length), at: at().clock.wall(), windowMs: 10_000 }]))
    },
  })

const conditions = ({ status }: HorizontalPodAutoscaler) => status?.conditions?.map(({ type, status: is, reason }) => [type, is, reason])

test('it is looked at every 15 seconds, and scaled by what its pods use', async () => {
  let at: Awaited<ReturnType<typeof stage>>
  const made = await stage(shared(() => at))
  at = made
  using _stage = made
  await made.deploy(2)
  await made.pass(600_000)
  await made.autoscale()
  made.setLoad(2000)
  await made.clock.advance(14_999)
  assert.deepEqual((await made.hpa()).status?.conditions, undefined)
  await made.clock.advance(1)
  await made.settle()
  const hpa = await made.hpa()
  assert.equal(await made.replicas(), 4)
  assert.deepEqual(await made.messages('SuccessfulRescale'), ['New size: 4; reason: cpu resource utilization (percentage of request) above target'])
  assert.deepEqual(conditions(hpa), [
    ['AbleToScale', 'True', 'SucceededRescale'],
    ['ScalingActive', 'True', 'ValidMetricFound'],
    ['ScalingLimited', 'False', 'DesiredWithinRange'],
  ])
  assert.deepEqual(hpa.status?.currentMetrics, [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 100, averageValue: '1' } } }])
  assert.deepEqual([hpa.status?.currentReplicas, hpa.status?.desiredReplicas, hpa.status?.lastScaleTime], [2, 4, '2026-01-01T00:10:15Z'])
  await made.pass(600_000)
  assert.equal(await made.replicas(), 4, 'half a CPU of each is what was wished')
})

test('a day of load that grows and falls: never outside of its bounds, up at once, down after five minutes', async () => {
  let at: Awaited<ReturnType<typeof stage>>
  const made = await stage(shared(() => at))
  at = made
  using _stage = made
  await made.deploy(2)
  await made.autoscale()
  await made.pass(600_000)
  const seen: (number | undefined)[] = []
  for (let hour = 0; hour < 24; hour++) {
    // From nothing to eight CPUs at noon and back.
    made.setLoad(Math.round(8000 * Math.sin((Math.PI * hour) / 23)))
    await made.pass(3600_000, 60_000)
    seen.push(await made.replicas())
  }
  assert.ok(
    seen.every((count = 0) => count >= 2 && count <= 10),
    JSON.stringify(seen),
  )
  assert.deepEqual([seen[0], seen[11], seen[23]], [2, 10, 2])
  const peak = seen.indexOf(10)
  assert.deepEqual(
    seen.slice(0, peak),
    seen.slice(0, peak).toSorted((a = 0, b = 0) => a - b),
    'it only grows while the load does',
  )
  assert.deepEqual(conditions(await made.hpa())?.at(-1), ['ScalingLimited', 'True', 'TooFewReplicas'])
  made.setLoad(8000)
  await made.pass(30_000)
  made.setLoad(0)
  await made.pass(290_000, 5000)
  assert.ok(((await made.replicas()) ?? 0) > 2)
  assert.deepEqual(conditions(await made.hpa())?.[0], ['AbleToScale', 'True', 'ScaleDownStabilized'])
  await made.pass(60_000)
  assert.equal(await made.replicas(), 2)
})

test('metrics that are not to be had leave the target as it is, in upstream’s words', async () => {
  using at = await stage()
  await at.deploy(3)
  await at.pass(1000)
  const external = { metric: { name: 'depth' }, target: { type: 'Value', value: '1' } }
  await at.autoscale({ metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] })
  await at.pass(15_000)
  const inner =
    'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)'
  const hpa = await at.hpa()
  assert.deepEqual(conditions(hpa), [
    ['AbleToScale', 'True', 'SucceededGetScale'],
    ['ScalingActive', 'False', 'FailedGetResourceMetric'],
  ])
  assert.equal(hpa.status?.conditions?.[1]?.message, `the HPA was unable to compute the replica count: ${inner}`)
  assert.deepEqual(await at.messages('FailedGetResourceMetric'), [inner])
  assert.deepEqual(await at.messages('FailedComputeMetricsReplicas'), [
    `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${inner}`,
  ])
  assert.deepEqual([await at.replicas(), hpa.status?.currentMetrics, hpa.status?.currentReplicas], [3, [{ type: '' }], 3])
  const change = (metrics: object[]) => at.backend.patch({ resource, namespace: 'default', name: 'web' }, 'application/merge-patch+json', { spec: { metrics } })
  await change([{ type: 'External', external }])
  await at.pass(15_000)
  const unable = 'unable to get external metric default/depth/nil: unable to fetch metrics from external metrics API: '
  assert.deepEqual(await at.messages('FailedGetExternalMetric'), [
    `${unable}the server could not find the requested resource (get depth.external.metrics.k8s.io)`,
  ])
  await change([{ type: 'Pods', pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '1' } } }])
  await at.pass(15_000)
  const custom = 'unable to get metric qps: unable to fetch metrics from custom metrics API: '
  assert.deepEqual(await at.messages('FailedGetPodsMetric'), [`${custom}no custom metrics API (custom.metrics.k8s.io) registered`])
  const service = {
    metadata: { name: 'v1beta2.custom.metrics.k8s.io' },
    spec: { group: 'custom.metrics.k8s.io', version: 'v1beta2', groupPriorityMinimum: 100, versionPriority: 100, service: { name: 'a', namespace: 'default' } },
  }
  await at.backend.create({ resource: 'apiservices.apiregistration.k8s.io' }, service as KubeObject)
  await at.pass(15_000)
  assert.equal(
    (await at.messages('FailedGetPodsMetric')).at(-1),
    `${custom}the server is currently unable to handle the request (get pods.custom.metrics.k8s.io *)`,
  )
})

test('a target that is not there, has no scale or is of no kind is told of as it is', async () => {
  using at = await stage()
  const target = async (kind: string, apiVersion: string, name = 'web') => {
    const ref = { resource, namespace: 'default', name: 'web' }
    await at.backend.patch(ref, 'application/merge-patch+json', { spec: { scaleTargetRef: { kind, apiVersion, name } } })
    await at.pass(15_000)
    const [able] = (await at.hpa()).status?.conditions ?? []
    assert.deepEqual([able?.type, able?.status, able?.reason], ['AbleToScale', 'False', 'FailedGetScale'])
    const prefix = "the HPA controller was unable to get the target's current scale: "
    assert.ok(able?.message?.startsWith(prefix), able?.message)
    const why = able?.message?.slice(prefix.length)
    assert.ok((await at.messages('FailedGetScale')).includes(why ?? ''))
    return why
  }
  await at.autoscale()
  assert.equal(await target('Deployment', 'apps/v1'), 'deployments/scale.apps "web" not found')
  assert.equal(await target('Deployment', 'v1'), 'no matches for kind "Deployment" in group ""')
  assert.equal(await target('Widget', 'example.com/v1'), 'no matches for kind "Widget" in group "example.com"')
  assert.equal(await target('DaemonSet', 'apps/v1'), 'the server could not find the requested resource')
  assert.equal(await target('ReplicationController', 'v1'), 'replicationcontrollers/scale "web" not found')
  assert.equal(await target('Deployment', 'a/b/c'), 'unexpected GroupVersion string: a/b/c')
})

test('pods of two autoscalers are scaled by neither', async () => {
  let at: Awaited<ReturnType<typeof stage>>
  const made = await stage(shared(() => at))
  at = made
  using _stage = made
  await made.deploy(2)
  await made.pass(600_000)
  await made.autoscale({}, 'a')
  await made.autoscale({}, 'b')
  made.setLoad(8000)
  await made.pass(15_000)
  await made.pass(15_000)
  const { conditions: said } = (await made.hpa('a')).status ?? {}
  const message = 'pods by selector app=web are controlled by more than one HPA (e.g. [{a default} {b default}])'
  assert.deepEqual([said?.[1]?.reason, said?.[1]?.message], ['AmbiguousSelector', message])
  assert.ok((await made.messages('AmbiguousSelector')).includes(message))
})

test('a target that somebody else scales meanwhile is scaled over it', async () => {
  let at: Awaited<ReturnType<typeof stage>>
  const made = await stage((load) => ({
    async resource(...given) {
      const { backend } = at
      await backend.patch({ ...deployments, name: 'web' }, 'application/merge-patch+json', { metadata: { labels: { touched: 'yes' } } })
      return (await shared(() => at)(load).resource?.(...given)) ?? new Map()
    },
  }))
  at = made
  using _stage = made
  await made.deploy(2)
  await made.pass(600_000)
  await made.autoscale()
  made.setLoad(2000)
  await made.pass(15_000)
  assert.equal(await made.replicas(), 4)
})

test('whatever has a scale is scaled', async () => {
  const made = await stage(() => ({
    async external() {
      return [9000]
    },
  }))
  using _stage = made
  const { backend } = made
  await backend.create(inDefault('statefulsets.apps'), {
    metadata: { name: 'db' },
    spec: {
      replicas: 1,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
    },
  } as KubeObject)
  const metrics = [{ type: 'External', external: { metric: { name: 'depth' }, target: { type: 'AverageValue', averageValue: '3' } } }]
  await made.autoscale({ minReplicas: 1, scaleTargetRef: { kind: 'StatefulSet', apiVersion: 'apps/v1', name: 'db' }, metrics })
  await made.pass(15_000)
  const set = (await backend.get({ ...inDefault('statefulsets.apps'), name: 'db' })) as KubeObject & { spec?: { replicas?: number } }
  assert.equal(set.spec?.replicas, 3)
})
