import { milliUnits } from '../../../kube/quantity.ts'
import type { APIService } from '../../apiserver/kinds/apiregistration/api-services.ts'
import type { PodMetrics as ServedPodMetrics } from '../../apiserver/metrics/definitions.ts'
import { resourceName } from '../../apiserver/resource.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import type { ServedKinds } from '../../apiserver/rest/environment.ts'
import { ScaleReader } from '../runtime/scale-reader.ts'
import type { DescribedObject, MetricIdentifier, MetricsSource, TargetPods } from './metrics-source.ts'
import type { PodMetric, PodMetrics } from './pod-groups.ts'
import { type OtherServers, RemoteMetrics } from './remote-metrics.ts'

/** Metrics as the API server serves them: those of resources, at metrics.k8s.io, and what the servers of custom and external ones say that APIServices lead to. */
export class ServedMetrics implements MetricsSource {
  readonly #backend: ApiBackend
  readonly #kinds: ServedKinds
  readonly #now: () => number
  readonly #scales: ScaleReader
  readonly #remote: RemoteMetrics | undefined

  constructor(backend: ApiBackend, kinds: ServedKinds, now: () => number, others?: OtherServers) {
    this.#remote = others && new RemoteMetrics(others)
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

  async pods({ namespace, selector }: TargetPods, metric: MetricIdentifier): Promise<PodMetrics> {
    if (!this.#remote?.isServed('custom.metrics.k8s.io')) throw await this.#notServed('pods', '*')
    const values = await this.#remote.ofObjects(`namespaces/${namespace}/pods/*`, metric, selector)
    return new Map(values.map(({ name, value, at, windowMs = usualWindowMs }) => [name, { value, at, windowMs }]))
  }

  async object(namespace: string, object: DescribedObject, metric: MetricIdentifier): Promise<number> {
    const isNamespace = object.kind === 'Namespace' && !object.apiVersion?.includes('/')
    const definition = isNamespace ? undefined : this.#scales.resourceOf(object, false)
    const resource = definition && resourceName(definition)
    if (!this.#remote?.isServed('custom.metrics.k8s.io')) throw await this.#notServed(resource ?? 'metrics', resource ? object.name : metric.name)
    const place = resource === undefined ? 'metrics' : `${resource}/${object.name}`
    const values = await this.#remote.ofObjects(
      definition && !definition.namespaced ? place : `namespaces/${isNamespace ? object.name : namespace}/${place}`,
      metric,
    )
    const [only] = values
    if (only && values.length === 1) return only.value
    throw new Error(
      `unable to fetch metrics from custom metrics API: the custom metrics API server returned ${values.length} results when we asked for exactly one`,
    )
  }

  async external(namespace: string, metric: MetricIdentifier): Promise<readonly number[]> {
    if (this.#remote?.isServed('external.metrics.k8s.io')) return (await this.#remote.external(namespace, metric)).map(({ value }) => value)
    const { name } = metric
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

// k8s.io/kubernetes' metrics client: what a metric that says no window is taken over.
const usualWindowMs = 60_000
const unavailable = 'the server is currently unable to handle the request'

/** None when one of the containers says nothing of the resource: the sum would be of something else. */
function metricOf({ containers, timestamp, window }: ServedPodMetrics, resource: string, container: string | undefined): PodMetric | undefined {
  const counted = containers.filter(({ name }) => container === undefined || name === container)
  const amounts = counted.flatMap(({ usage }) => (({ ...usage }) as Readonly<Record<string, string>>)[resource] ?? [])
  if (counted.length === 0 || amounts.length < counted.length) return undefined
  return { value: amounts.reduce((sum, amount) => sum + milliUnits(amount), 0), at: Date.parse(timestamp), windowMs: Number.parseFloat(window) * 1000 }
}
