import type { HorizontalPodAutoscaler } from '../../../../kube/objects.ts'
import { nonNegativeFields } from '../../../../kube/validation/number-validation.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { validateAutoscaler } from './autoscaler-validation.ts'
import { metricsCell } from './metrics-cell.ts'

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>
type Rules = NonNullable<NonNullable<Spec['behavior']>['scaleUp']>

/** autoscaling/v2 HorizontalPodAutoscaler, as it is stored. */
export const horizontalPodAutoscalers = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
  shortNames: ['hpa'],
  categories: ['all'],
  subresources: [statusSubresource('HorizontalPodAutoscaler')],
  printer: printer<HorizontalPodAutoscaler>(
    ['Name', 'Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age'].map((title) => column(title)),
    ({ metadata, spec, status }, now) => [
      nameOf({ metadata }),
      `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
      metricsCell(spec?.metrics, status?.currentMetrics),
      spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
      spec?.maxReplicas ?? 0,
      status?.currentReplicas ?? 0,
      ageOf({ metadata }, now),
    ],
  ),
  defaults({ spec, status }) {
    if (status) {
      status.desiredReplicas ??= 0
      // Go writes it even when there are none.
      status.currentMetrics ??= null as never
    }
    if (!spec) return
    spec.minReplicas ??= 1
    if (!spec.metrics?.length) spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]
    if (!spec.behavior) return
    const everyPod = { type: 'Percent', value: 100, periodSeconds: 15 }
    spec.behavior.scaleUp = withRules(spec.behavior.scaleUp, {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, everyPod],
    })
    spec.behavior.scaleDown = withRules(spec.behavior.scaleDown, { selectPolicy: 'Max', policies: [everyPod] })
  },
  prepareCreate(autoscaler) {
    autoscaler.status = { desiredReplicas: 0, currentMetrics: null as never }
  },
  validate: ({ spec }, previous) => validateAutoscaler('spec', spec, previous?.spec?.minReplicas === 0 ? 0 : 1),
  validateUpdate: (next, _previous, subresource) =>
    subresource === 'status' ? nonNegativeFields('status', next.status, ['currentReplicas', 'desiredReplicas']) : [],
})

const withRules = (given: Rules | undefined, usual: Rules): Rules => ({
  ...usual,
  ...given,
  policies: given?.policies ?? usual.policies,
  selectPolicy: given?.selectPolicy ?? usual.selectPolicy,
})
