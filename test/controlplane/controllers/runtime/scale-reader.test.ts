import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { DisruptionController } from '../../../../src/controlplane/controllers/disruption/controller.ts'
import { HorizontalPodAutoscalerController } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/controller.ts'
import { Informers } from '../../../../src/controlplane/controllers/runtime/informer.ts'
import type { HorizontalPodAutoscaler, KubeObject, PodDisruptionBudget } from '../../../../src/kube/objects.ts'
import { aDefinition, aWidget, customBackend, specOf, widget, widgets } from '../../apiserver/custom/widgets.ts'
import { aPod, pods } from '../../harness.ts'

const status = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const

test('custom resources are scaled by their own paths, and budgets count by what they are to have', async () => {
  await using at = await customBackend()
  const { backend, clock, definitions: kinds } = at
  const stopping = new AbortController()
  const options = { backend, clock, log: silentLogger, signal: stopping.signal, informers: new Informers(backend, stopping.signal), kinds }
  new DisruptionController(options)
  const failing = async () => {
    throw new Error('none')
  }
  new HorizontalPodAutoscalerController({ ...options, metrics: { resource: failing, pods: failing, object: failing, external: async () => [12_000] } })
  const scale = { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size', labelSelectorPath: '.status.selector' }
  const schema = specOf({ size: { type: 'integer' } }, {}, { properties: { status } })
  await at.define(aDefinition(schema, { version: { subresources: { status: {}, scale } } }))
  const made = await backend.create(widgets, aWidget('w', { size: 3 }))
  await backend.patch(widget('w'), 'application/merge-patch+json', { status: { size: 3, selector: 'app=web' } }, { subresource: 'status' })

  const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: made.metadata?.uid ?? '', controller: true }]
  const pod = aPod('p', { labels: { app: 'web' }, nodeName: 'n' })
  await backend.create(pods, { ...pod, metadata: { ...pod.metadata, ownerReferences } } as KubeObject)
  const budget = { resource: 'poddisruptionbudgets.policy', namespace: 'default', name: 'b' }
  await backend.create(budget, { metadata: { name: 'b' }, spec: { maxUnavailable: '34%', selector: { matchLabels: { app: 'web' } } } } as KubeObject)
  await clock.advance(1)
  const counted = ((await backend.get(budget)) as PodDisruptionBudget).status
  assert.deepEqual([counted?.expectedPods, counted?.desiredHealthy], [3, 1], 'a third of three, and a little, is two')

  const autoscaler = { resource: 'horizontalpodautoscalers.autoscaling', namespace: 'default', name: 'a' }
  const spec = {
    scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w' },
    maxReplicas: 9,
    metrics: [{ type: 'External', external: { metric: { name: 'depth' }, target: { type: 'AverageValue', averageValue: '2' } } }],
  }
  await backend.create(autoscaler, { metadata: { name: 'a' }, spec } as KubeObject)
  await clock.advance(15_000)
  assert.equal(((await backend.get(widget('w'))) as KubeObject & { spec?: { size?: number } }).spec?.size, 6)
  assert.equal(((await backend.get(autoscaler)) as HorizontalPodAutoscaler).status?.desiredReplicas, 6)

  await backend.delete(widget('w'))
  await clock.advance(15_000)
  const [able] = ((await backend.get(autoscaler)) as HorizontalPodAutoscaler).status?.conditions ?? []
  assert.equal(able?.message, 'the HPA controller was unable to get the target\'s current scale: widgets.example.com "w" not found')
  stopping.abort()
})
