import type { MetricSpec } from './autoscaler.ts'
import type { PodMetrics } from './pod-groups.ts'

export type DescribedObject = NonNullable<MetricSpec['object']>['describedObject']
export type MetricIdentifier = NonNullable<MetricSpec['external']>['metric']

/** The pods of a target. */
export interface TargetPods {
  readonly namespace: string
  /** As text: `app=web`. */
  readonly selector: string
  selects(labels: Readonly<Record<string, string>> | undefined): boolean
}

/** Where metrics come from. All values are thousandths of their unit; every method throws, in upstream's words, for a metric that is not to be had. */
export interface MetricsSource {
  /** What the pods use of a resource, or one container of each. */
  resource(pods: TargetPods, resource: string, container: string | undefined): Promise<PodMetrics>
  pods(pods: TargetPods, metric: MetricIdentifier): Promise<PodMetrics>
  object(namespace: string, object: DescribedObject, metric: MetricIdentifier): Promise<number>
  /** Of every series that the metric's selector selects. */
  external(namespace: string, metric: MetricIdentifier): Promise<readonly number[]>
}
