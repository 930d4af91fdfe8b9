import type { Pod } from '../../../kube/objects.ts'
import { milliUnits } from '../../../kube/quantity.ts'
import { selectorGoText } from '../../../kube/selector-go-text.ts'
import type { MetricSpec, MetricStatus } from './autoscaler.ts'
import type { MetricIdentifier, MetricsSource, TargetPods } from './metrics-source.ts'
import { milliQuantity } from './milli-quantity.ts'
import { byAverage, byUtilization, type Measure, replicasByPods } from './replicas-by-pods.ts'
import { replicasByShare, replicasByValue } from './replicas-by-value.ts'
import { requestsOf } from './requests.ts'
import type { Tolerances } from './tolerance.ts'

/** What is scaled, as one metric looks at it. */
export interface Target extends TargetPods {
  readonly pods: readonly Pod[]
  /** What there are to be, and are. */
  readonly wanted: number
  readonly running: number
  readonly tolerances: Tolerances
}

/** What one metric says: how many replicas there should be by it (`name` is what messages call it), or why it cannot. */
export type MetricOutcome =
  | { readonly kind: 'proposal'; readonly replicas: number; readonly name: string; readonly status: MetricStatus }
  | { readonly kind: 'failure'; readonly reason: string; readonly message: string; readonly error: string }

/** Fails with what the API tells of it, and what is told where all metrics are. */
class MetricFailure extends Error {
  readonly inner: string

  constructor(inner: string, error: string) {
    super(error)
    this.inner = inner
  }
}

/** Reads a metric and works out what it asks for. */
export async function outcomeOf(spec: MetricSpec, target: Target, source: MetricsSource, now: number): Promise<MetricOutcome> {
  const { reason, prefix, propose } = kindOf(spec)
  try {
    return { kind: 'proposal', ...(await propose(spec, target, source, now)) }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return { kind: 'failure', reason, message: error instanceof MetricFailure ? error.inner : said, error: `${prefix}${said}` }
  }
}

type Proposal = Omit<Extract<MetricOutcome, { kind: 'proposal' }>, 'kind'>
type Propose = (spec: MetricSpec, target: Target, source: MetricsSource, now: number) => Promise<Proposal>

function kindOf(spec: MetricSpec): { readonly reason: string; readonly prefix: string; readonly propose: Propose } {
  const failed = (what: string) => `failed to get ${what} metric value: `
  switch (spec.type) {
    case 'Resource':
      return { reason: 'FailedGetResourceMetric', prefix: failed(`${spec.resource?.name} resource`), propose: ofResource }
    case 'ContainerResource':
      return { reason: 'FailedGetContainerResourceMetric', prefix: failed(`${spec.containerResource?.container} container`), propose: ofResource }
    case 'Pods':
      return { reason: 'FailedGetPodsMetric', prefix: failed('pods'), propose: ofPods }
    case 'Object':
      return { reason: 'FailedGetObjectMetric', prefix: failed('object'), propose: ofObject }
    case 'External':
      return { reason: 'FailedGetExternalMetric', prefix: failed(`${spec.external?.metric.name} external`), propose: ofExternal }
    default:
      return {
        reason: 'InvalidMetricSourceType',
        prefix: '',
        propose: () => Promise.reject(new Error(`unknown metric source type ${JSON.stringify(spec.type)}`)),
      }
  }
}

async function ofResource({ resource, containerResource }: MetricSpec, target: Target, source: MetricsSource, now: number): Promise<Proposal> {
  const { name = '', target: wish } = containerResource ?? resource ?? {}
  const container = containerResource?.container
  const amount = wish?.averageValue !== undefined ? 'usage' : 'utilization'
  if (wish?.averageValue === undefined && wish?.averageUtilization === undefined)
    throw new Error('invalid resource metric source: neither an average utilization target nor an average value (usage) target was set')
  const { averageUtilization = 0, averageValue } = wish
  const measure = (): Measure =>
    averageValue !== undefined ? byAverage(milliUnits(averageValue)) : byUtilization(averageUtilization, requestsOf(target.pods, name, container))
  const failing = `failed to get ${name} ${amount}`
  const metrics = await said(`${failing}: unable to get metrics for resource ${name}`, () => source.resource(target, name, container))
  const { replicas, average, utilization } = await said(failing, async () =>
    replicasByPods({ current: target.wanted, pods: target.pods, metrics, resource: name, tolerances: target.tolerances, measure }, now),
  )
  const current = { ...(utilization !== undefined && { averageUtilization: utilization }), averageValue: milliQuantity(average, name) }
  const of = utilization === undefined ? 'resource' : `${container ? 'container ' : ''}resource utilization (percentage of request)`
  return {
    replicas,
    name: `${name} ${of}`,
    status: containerResource
      ? { type: 'ContainerResource', containerResource: { name, container: containerResource.container, current } }
      : { type: 'Resource', resource: { name, current } },
  }
}

async function ofPods({ pods }: MetricSpec, target: Target, source: MetricsSource, now: number): Promise<Proposal> {
  const metric = pods?.metric ?? { name: '' }
  const wish = milliUnits(pods?.target.averageValue ?? '0')
  const metrics = await said(`unable to get metric ${metric.name}`, () => source.pods(target, metric))
  const ask = { current: target.wanted, pods: target.pods, metrics, tolerances: target.tolerances, measure: () => byAverage(wish) }
  const { replicas, average } = replicasByPods(ask, now)
  const status = { type: 'Pods', pods: { metric, current: { averageValue: milliQuantity(average) } } }
  return { replicas, name: `pods metric ${metric.name}`, status }
}

async function ofObject({ object }: MetricSpec, target: Target, source: MetricsSource): Promise<Proposal> {
  const { describedObject = { kind: '', name: '' }, metric = { name: '' }, target: wish } = object ?? {}
  const status = (current: object): MetricStatus => ({ type: 'Object', object: { describedObject, metric, current } })
  const unable = `unable to get metric ${metric.name} on ${describedObject.kind} ${target.namespace}/${describedObject.name}`
  const read = () => said(unable, () => source.object(target.namespace, describedObject, metric))
  if (wish?.type === 'Value' && wish.value !== undefined) {
    const usage = await read()
    const replicas = replicasByValue(usage, milliUnits(wish.value), target.wanted, target.pods, target.tolerances)
    return { replicas, name: `${describedObject.kind} metric ${metric.name}`, status: status({ value: milliQuantity(usage) }) }
  }
  if (wish?.type === 'AverageValue' && wish.averageValue !== undefined) {
    const usage = await read().catch((error: unknown) => {
      throw outer(error, `failed to get ${metric.name} object metric`)
    })
    const { replicas, share } = replicasByShare(usage, milliUnits(wish.averageValue), target.running, target.tolerances)
    return { replicas, name: externalName(metric), status: status({ averageValue: milliQuantity(share) }) }
  }
  throw new Error('invalid object metric source: neither a value target nor an average value target was set')
}

async function ofExternal({ external }: MetricSpec, target: Target, source: MetricsSource): Promise<Proposal> {
  const { metric = { name: '' }, target: wish } = external ?? {}
  const status = (current: object): MetricStatus => ({ type: 'External', external: { metric, current } })
  const unable = `unable to get external metric ${target.namespace}/${metric.name}/${selectorGoText(metric.selector)}`
  const isShared = wish?.averageValue !== undefined
  const work = async () => {
    const series = await said(unable, () => source.external(target.namespace, metric))
    const usage = series.reduce((sum, value) => sum + value, 0)
    if (wish?.averageValue !== undefined) {
      const { replicas, share } = replicasByShare(usage, milliUnits(wish.averageValue), target.running, target.tolerances)
      return { replicas, name: externalName(metric), status: status({ averageValue: milliQuantity(share) }) }
    }
    const replicas = replicasByValue(usage, milliUnits(wish?.value ?? '0'), target.wanted, target.pods, target.tolerances)
    return { replicas, name: externalName(metric), status: status({ value: milliQuantity(usage) }) }
  }
  if (!isShared && wish?.value === undefined) throw new Error('invalid external metric source: neither a value target nor an average value target was set')
  try {
    return await work()
  } catch (error) {
    throw outer(error, isShared ? `failed to get ${metric.name} external metric` : `failed to get external metric ${metric.name}`)
  }
}

const externalName = ({ name, selector }: MetricIdentifier) => `external metric ${name}(${selectorGoText(selector)})`

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
const outer = (error: unknown, what: string) => new MetricFailure(messageOf(error), `${what}: ${messageOf(error)}`)

/** Says of a failure what failed. */
async function said<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error })
  }
}
