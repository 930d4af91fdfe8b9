import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1, KubeObject } from '../../../../kube/objects.ts'
import { v1Metric, v1MetricStatus, v2Metric, v2MetricStatus } from './metrics-v1.ts'

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>
type Status = NonNullable<HorizontalPodAutoscaler['status']>
type Metric = NonNullable<Spec['metrics']>[number]
type Annotations = Readonly<Record<string, string>>

// What autoscaling/v1 has no fields for it keeps in these.
export const metricsKey = 'autoscaling.alpha.kubernetes.io/metrics'
const currentMetricsKey = 'autoscaling.alpha.kubernetes.io/current-metrics'
const conditionsKey = 'autoscaling.alpha.kubernetes.io/conditions'
const behaviorKey = 'autoscaling.alpha.kubernetes.io/behavior'

/** What an annotation holds; one that cannot be read holds nothing. */
function parsed<T>(annotations: Annotations, key: string): T | undefined {
  try {
    return annotations[key] === undefined ? undefined : (JSON.parse(annotations[key]) as T)
  } catch {
    return undefined
  }
}

const asList = <T>(value: unknown): T[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [])

const cpu = (averageUtilization: number): Metric => ({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } })
const isCpu = ({ type, resource }: Metric) => type === 'Resource' && resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined

/** An autoscaler of v1 as it is stored. */
export function toV2(object: KubeObject): KubeObject {
  const { metadata, spec, status, ...rest } = object as HorizontalPodAutoscalerV1
  const given = metadata?.annotations ?? {}
  const { [metricsKey]: _m, [currentMetricsKey]: _c, [conditionsKey]: _o, [behaviorKey]: _b, ...annotations } = given
  const { annotations: _, ...meta } = metadata ?? {}
  return {
    ...rest,
    apiVersion: 'autoscaling/v2',
    metadata: { ...meta, ...(Object.keys(annotations).length > 0 && { annotations }) },
    ...(spec && { spec: specToV2(spec, given) }),
    ...(status && { status: statusToV2(status, given) }),
  } as KubeObject
}

function specToV2(spec: NonNullable<HorizontalPodAutoscalerV1['spec']>, annotations: Annotations): Spec {
  const { targetCPUUtilizationPercentage: percent, ...rest } = spec
  const others = asList<object>(parsed(annotations, metricsKey)).map(v2Metric)
  const metrics = percent === undefined ? others : [cpu(percent), ...others]
  const behavior = parsed<Spec['behavior']>(annotations, behaviorKey)
  return { ...rest, ...(metrics.length > 0 && { metrics }), ...(behavior && { behavior }) }
}

function statusToV2(status: NonNullable<HorizontalPodAutoscalerV1['status']>, annotations: Annotations): Status {
  const { currentCPUUtilizationPercentage: percent, ...rest } = status
  const others = asList<object>(parsed(annotations, currentMetricsKey)).map(v2MetricStatus)
  const own = { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: percent } } } as (typeof others)[number]
  const current = percent === undefined ? others : [own, ...others]
  const conditions = asList<NonNullable<Status['conditions']>[number]>(parsed(annotations, conditionsKey))
  return { ...rest, currentMetrics: current.length > 0 ? current : (null as never), ...(conditions.length > 0 && { conditions }) }
}

/** A stored autoscaler as v1 shows it. */
export function toV1(object: KubeObject): KubeObject {
  const { metadata, spec, status, ...rest } = object as HorizontalPodAutoscaler
  const more: Record<string, string> = {}
  const v1Spec = spec && specToV1(spec, more)
  const v1Status = status && statusToV1(status, more)
  return {
    ...rest,
    apiVersion: 'autoscaling/v1',
    metadata: { ...metadata, ...(Object.keys(more).length > 0 && { annotations: { ...metadata?.annotations, ...more } }) },
    ...(v1Spec && { spec: v1Spec }),
    ...(v1Status && { status: v1Status }),
  } as KubeObject
}

function specToV1({ metrics = [], behavior, ...rest }: Spec, annotations: Record<string, string>): NonNullable<HorizontalPodAutoscalerV1['spec']> {
  const first = metrics.findIndex(isCpu)
  const others = metrics.filter((_, index) => index !== first)
  if (others.length > 0) annotations[metricsKey] = JSON.stringify(others.map(v1Metric))
  if (behavior) annotations[behaviorKey] = JSON.stringify(behavior)
  const percent = metrics[first]?.resource?.target.averageUtilization
  return { ...rest, ...(percent !== undefined && { targetCPUUtilizationPercentage: percent }) }
}

function statusToV1({ currentMetrics, conditions, ...rest }: Status, annotations: Record<string, string>): NonNullable<HorizontalPodAutoscalerV1['status']> {
  const all = currentMetrics ?? []
  const first = all.findIndex(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu' && resource.current?.averageUtilization !== undefined)
  const others = all.filter((_, index) => index !== first)
  if (others.length > 0) annotations[currentMetricsKey] = JSON.stringify(others.map(v1MetricStatus))
  if (conditions?.length) annotations[conditionsKey] = JSON.stringify(conditions)
  const used = all[first]?.resource?.current.averageUtilization
  return { ...rest, currentReplicas: rest.currentReplicas ?? 0, ...(used !== undefined && { currentCPUUtilizationPercentage: used }) }
}
