import { milliUnits } from '../../../kube/quantity.ts'
import { selectorText } from '../../../kube/selector-text.ts'
import type { Aggregator } from '../../apiserver/aggregation/aggregator.ts'
import { asController } from '../runtime/controller-user.ts'
import type { MetricIdentifier } from './metrics-source.ts'

/** One value of a MetricValueList or an ExternalMetricValueList. */
export interface MetricValue {
  /** Of what; empty for what is outside of the cluster. */
  readonly name: string
  /** Thousandths of its unit. */
  readonly value: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly windowMs: number | undefined
}

export type OtherServers = Pick<Aggregator, 'versions' | 'get'>

const custom = 'custom.metrics.k8s.io'
const external = 'external.metrics.k8s.io'
// Those that k8s.io/metrics' clients speak, the best first.
const spoken: Readonly<Record<string, readonly string[]>> = { [custom]: ['v1beta2', 'v1beta1'], [external]: ['v1beta1'] }
const { user = { name: '', groups: [] } } = asController('horizontal-pod-autoscaler')

/** Metrics of the API servers that APIServices lead to: an adapter's. Every method throws as client-go words it. */
export class RemoteMetrics {
  readonly #servers: OtherServers

  constructor(servers: OtherServers) {
    this.#servers = servers
  }

  isServed(group: typeof custom | typeof external): boolean {
    return this.#version(group) !== undefined
  }

  /** Of an object (`services/web`), or of all that the selector selects (`pods/*`); `path` is below the group version. */
  async ofObjects(path: string, { name, selector }: MetricIdentifier, labelSelector?: string): Promise<MetricValue[]> {
    const query = new URLSearchParams()
    if (labelSelector !== undefined) query.set('labelSelector', labelSelector)
    if (selector) query.set('metricLabelSelector', selectorText(selector))
    return this.#ask(custom, `${path}/${encodeURIComponent(name)}`, query, 'custom')
  }

  async external(namespace: string, { name, selector }: MetricIdentifier): Promise<MetricValue[]> {
    const query = new URLSearchParams()
    if (selector) query.set('labelSelector', selectorText(selector))
    return this.#ask(external, `namespaces/${namespace}/${encodeURIComponent(name)}`, query, 'external')
  }

  #version(group: string): string | undefined {
    const served = this.#servers.versions.filter((each) => each.group === group).map(({ version }) => version)
    return spoken[group]?.find((version) => served.includes(version))
  }

  async #ask(group: string, path: string, query: URLSearchParams, what: 'custom' | 'external'): Promise<MetricValue[]> {
    const unable = (why: string) => new Error(`unable to fetch metrics from ${what} metrics API: ${why}`)
    const asked = `/apis/${group}/${this.#version(group)}/${path}`
    const answer = await this.#servers.get(asked, query.size > 0 ? `${query}` : '', user).catch((error: unknown) => {
      throw unable(error instanceof Error ? error.message : String(error))
    })
    const body = parsed(answer?.text ?? '')
    if (answer?.status !== 200) throw unable(refusal(answer?.status ?? 404, body))
    const items = Array.isArray(body.items) ? (body.items as readonly unknown[]) : []
    const values = items.filter((each): each is Item => typeof each === 'object' && each !== null).map(metricValue)
    if (values.length === 0) throw new Error(`no metrics returned from ${what} metrics API`)
    return values
  }
}

interface Item {
  readonly describedObject?: { readonly name?: unknown } | null
  readonly timestamp?: unknown
  readonly windowSeconds?: unknown
  readonly value?: unknown
}

function metricValue({ describedObject, timestamp, windowSeconds, value }: Item): MetricValue {
  const name = describedObject?.name
  return {
    name: typeof name === 'string' ? name : '',
    value: milliUnits(typeof value === 'string' || typeof value === 'number' ? String(value) : ''),
    at: Date.parse(typeof timestamp === 'string' ? timestamp : ''),
    windowMs: typeof windowSeconds === 'number' ? windowSeconds * 1000 : undefined,
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}

/** The other server's own words, where it has any. */
function refusal(status: number, { message }: Readonly<Record<string, unknown>>): string {
  if (typeof message === 'string' && message !== '') return message
  if (status === 503) return 'the server is currently unable to handle the request'
  return status === 404 ? 'the server could not find the requested resource' : `the server responded with the status code ${status}`
}
