import type { HorizontalPodAutoscaler } from '../../../../kube/objects.ts'

type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number]
type Status = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number]
type Json = Readonly<Record<string, unknown>>
type Sources = { readonly [field: string]: Json | undefined }

// The metrics of autoscaling/v1 are in annotations, in a form of their own: amounts stand beside the metric's name.

const only = (fields: Json): Json => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** A metric in the form of autoscaling/v1. */
export function v1Metric({ type, object, pods, resource, containerResource, external }: Metric): Json {
  const amount = (target: NonNullable<Metric['resource']>['target'] | undefined) => ({
    targetAverageUtilization: target?.averageUtilization,
    targetAverageValue: target?.averageValue,
  })
  return only({
    type,
    object:
      object &&
      only({
        target: object.describedObject,
        metricName: object.metric?.name,
        targetValue: object.target?.value ?? '0',
        selector: object.metric?.selector,
        averageValue: object.target?.averageValue,
      }),
    pods: pods && only({ metricName: pods.metric?.name, targetAverageValue: pods.target?.averageValue, selector: pods.metric?.selector }),
    resource: resource && only({ name: resource.name, ...amount(resource.target) }),
    containerResource: containerResource && only({ name: containerResource.name, ...amount(containerResource.target), container: containerResource.container }),
    external:
      external &&
      only({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        targetValue: external.target?.value,
        targetAverageValue: external.target?.averageValue,
      }),
  })
}

/** The other way round. */
export function v2Metric(given: object): Metric {
  const { object, pods, resource, containerResource, external } = given as Sources
  const amount = (source: Json) =>
    only({
      type: source.targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization',
      averageUtilization: source.targetAverageUtilization,
      averageValue: source.targetAverageValue,
    })
  return only({
    type: (given as { type?: string }).type,
    object: object && {
      describedObject: object.target,
      metric: only({ name: object.metricName, selector: object.selector }),
      target: object.averageValue === undefined ? { type: 'Value', value: object.targetValue } : { type: 'AverageValue', averageValue: object.averageValue },
    },
    pods: pods && { metric: only({ name: pods.metricName, selector: pods.selector }), target: { type: 'AverageValue', averageValue: pods.targetAverageValue } },
    resource: resource && { name: resource.name, target: amount(resource) },
    containerResource: containerResource && { name: containerResource.name, container: containerResource.container, target: amount(containerResource) },
    external: external && {
      metric: only({ name: external.metricName, selector: external.metricSelector }),
      target: only({
        type: external.targetAverageValue === undefined ? 'Value' : 'AverageValue',
        averageValue: external.targetAverageValue,
        value: external.targetValue,
      }),
    },
  }) as unknown as Metric
}

/** What a metric is now, in the form of autoscaling/v1. */
export function v1MetricStatus({ type, object, pods, resource, containerResource, external }: Status): Json {
  const amount = (current: NonNullable<Status['resource']>['current'] | undefined) => ({
    currentAverageUtilization: current?.averageUtilization,
    currentAverageValue: current?.averageValue ?? '0',
  })
  return only({
    type,
    object:
      object &&
      only({
        target: object.describedObject,
        metricName: object.metric?.name,
        currentValue: object.current?.value ?? '0',
        selector: object.metric?.selector,
        averageValue: object.current?.averageValue,
      }),
    pods: pods && only({ metricName: pods.metric?.name, currentAverageValue: pods.current?.averageValue, selector: pods.metric?.selector }),
    resource: resource && only({ name: resource.name, ...amount(resource.current) }),
    containerResource:
      containerResource && only({ name: containerResource.name, ...amount(containerResource.current), container: containerResource.container }),
    external:
      external &&
      only({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        currentValue: external.current?.value ?? '0',
        currentAverageValue: external.current?.averageValue,
      }),
  })
}

/** The other way round. */
export function v2MetricStatus(given: object): Status {
  const { object, pods, resource, containerResource, external } = given as Sources
  const amount = (source: Json) => only({ averageUtilization: source.currentAverageUtilization, averageValue: source.currentAverageValue })
  return only({
    type: (given as { type?: string }).type,
    object: object && {
      describedObject: object.target,
      metric: only({ name: object.metricName, selector: object.selector }),
      current: only({ value: object.currentValue, averageValue: object.averageValue }),
    },
    pods: pods && { metric: only({ name: pods.metricName, selector: pods.selector }), current: { averageValue: pods.currentAverageValue } },
    resource: resource && { name: resource.name, current: amount(resource) },
    containerResource: containerResource && { name: containerResource.name, container: containerResource.container, current: amount(containerResource) },
    external: external && {
      metric: only({ name: external.metricName, selector: external.metricSelector }),
      current: only({ value: external.currentValue, averageValue: external.currentAverageValue }),
    },
  }) as unknown as Status
}
