import { milliUnits } from '../../../kube/quantity.ts'
import type { APIService } from '../../apiserver/kinds/apiregistration/api-services.ts'
import type { PodMetrics as ServedPodMetrics } from '../../apiserver/metrics/definitions.ts'
import { resourceName } from '../../apiserver/resource.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'
import { ScaleReader } from '../runtime/scale-reader.ts'
import type { DescribedObject, MetricIdentifier, MetricsSource, TargetPods } from './metrics-source.ts'
import type { PodMetric, PodMetrics } from './pod-groups.ts'

/** Metrics as the API server serves them: those of resources, at metrics.k8s.io. It passes nothing on to the servers of custom and external ones. */
export class ServedMetrics implements MetricsSource {
  readonly #backend: ApiBackend
  readonly #kinds: ServedKinds
  readonly #now: () => number
  readonly #scales: ScaleReader

  constructor(backend: ApiBackend, kinds: ServedKinds, now: () => number) {
    this.#backend = backend
    this.#kinds = kinds
    this.#now = now
    this.#scales = new ScaleReader(backend, kinds)
  }

  async resource({ namespace, selects }: TargetPods, resource: string, container: string | undefined): Promise<PodMetrics> {
    const unable = 'unable to fetch metrics from resource metrics API'
    const served = this.#kinds.all.find(({ group, kind }) => group === 'metrics.k8s.io' && kind === 'PodMetrics')
    if (!served?.compute) throw new Error(`${unable}: the server could not find the requested resource (get pods.metrics.k8s.io)`)
    let all: readonly ServedPodMetrics[]
    try {
      all = (await served.compute({ namespace, name: '' }, { backend: this.#backend, now: this.#now() })) as readonly ServedPodMetrics[]
    } catch (error) {
      throw new Error(`${unable}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
    const own = all.filter(({ metadata }) => selects(metadata?.labels))
    if (own.length === 0) throw new Error('no metrics returned from resource metrics API')
    return new Map(
      own.flatMap((metrics) => {
        const metric = metricOf(metrics, resource, container)
        return metric ? [[metrics.metadata?.name ?? '', metric] as const] : []
      }),
    )
  }

  async pods(): Promise<PodMetrics> {
    throw await this.#notServed('pods', '*')
  }

  async object(_namespace: string, object: DescribedObject, { name }: MetricIdentifier): Promise<number> {
    if (object.kind === 'Namespace' && !object.apiVersion?.includes('/')) throw await this.#notServed('metrics', name)
    throw await this.#notServed(resourceName(this.#scales.resourceOf(object, false)), object.name)
  }

  async external(_namespace: string, { name }: MetricIdentifier): Promise<readonly number[]> {
    const why = (await this.#isRegistered('external.metrics.k8s.io')) ? unavailable : 'the server could not find the requested resource'
    throw new Error(`unable to fetch metrics from external metrics API: ${why} (get ${name}.external.metrics.k8s.io)`)
  }

  async #notServed(resource: string, name: string): Promise<Error> {
    const group = 'custom.metrics.k8s.io'
    const why = (await this.#isRegistered(group)) ? `${unavailable} (get ${resource}.${group} ${name})` : `no custom metrics API (${group}) registered`
    return new Error(`unable to fetch metrics from custom metrics API: ${why}`)
  }

  /** Whether somebody says that another server serves a group. */
  async #isRegistered(group: string): Promise<boolean> {
    const { items } = await this.#backend.list({ resource: 'apiservices.apiregistration.k8s.io' })
    return (items as readonly APIService[]).some(({ spec }) => spec?.group === group)
  }
}

const unavailable = 'the server is currently unable to handle the request'

/** None when one of the containers says nothing of the resource: the sum would be of something else. */
function metricOf({ containers, timestamp, window }: ServedPodMetrics, resource: string, container: string | undefined): PodMetric | undefined {
  const counted = containers.filter(({ name }) => container === undefined || name === container)
  const amounts = counted.flatMap(({ usage }) => (({ ...usage }) as Readonly<Record<string, string>>)[resource] ?? [])
  if (counted.length === 0 || amounts.length < counted.length) return undefined
  return { value: amounts.reduce((sum, amount) => sum + milliUnits(amount), 0), at: Date.parse(timestamp), windowMs: Number.parseFloat(window) * 1000 }
}
