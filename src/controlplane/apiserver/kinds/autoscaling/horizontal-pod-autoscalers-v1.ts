import type { HorizontalPodAutoscalerV1 } from '../../../../kube/objects.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { metricsKey, toV1, toV2 } from './convert-v1.ts'
import { horizontalPodAutoscalers } from './horizontal-pod-autoscalers.ts'

/** autoscaling/v1 HorizontalPodAutoscaler: the older view of the same objects, where the CPU is the metric and all else is in annotations. */
export const horizontalPodAutoscalersV1 = defineKind<HorizontalPodAutoscalerV1>({
  group: 'autoscaling',
  version: 'v1',
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
  shortNames: ['hpa'],
  categories: ['all'],
  subresources: [statusSubresource('HorizontalPodAutoscaler')],
  storagePrefix: horizontalPodAutoscalers.storagePrefix,
  printer: { columns: horizontalPodAutoscalers.printer.columns, cells: (object, now) => horizontalPodAutoscalers.printer.cells(toV2(object), now) },
  toStorage: toV2,
  fromStorage: toV1,
  defaults({ metadata, spec, status }) {
    if (status) {
      status.currentReplicas ??= 0
      status.desiredReplicas ??= 0
    }
    if (!spec) return
    spec.minReplicas ??= 1
    if (spec.targetCPUUtilizationPercentage === undefined && metadata?.annotations?.[metricsKey] === undefined) spec.targetCPUUtilizationPercentage = 80
  },
  prepareCreate(autoscaler) {
    autoscaler.status = { currentReplicas: 0, desiredReplicas: 0 }
  },
  validate: (object, previous) => horizontalPodAutoscalers.validate(toV2(object), previous && toV2(previous)),
  validateUpdate: (next, previous, subresource) => horizontalPodAutoscalers.validateUpdate(toV2(next), toV2(previous), subresource),
})
