import type { ServerResponse } from 'node:http'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type CountedRequest, isLongRunning, type RequestLabel, requestLabels } from './request-labels.ts'

// k8s.io/apiserver 1.36.
const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]
const labels = ['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const
const reading = new Set(['get', 'list', 'watch'])

/** What a kube-apiserver tells of the requests that it serves. */
export class RequestMetrics {
  readonly #total: Counter<RequestLabel | 'code'>
  readonly #durations: Histogram<RequestLabel>
  readonly #longRunning: Gauge<Exclude<RequestLabel, 'dry_run'>>
  readonly #inflight = { readOnly: 0, mutating: 0 }

  constructor(registry: Registry) {
    const registers = [registry]
    this.#total = new Counter({
      name: 'apiserver_request_total',
      help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      labelNames: [...labels, 'code'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      labelNames: labels,
      buckets,
      registers,
    })
    this.#longRunning = new Gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.',
      labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'],
      registers,
    })
    const inflight = this.#inflight
    new Gauge({
      name: 'apiserver_current_inflight_requests',
      help: 'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
      labelNames: ['request_kind'],
      registers,
      collect() {
        for (const [kind, number] of Object.entries(inflight)) this.set({ request_kind: kind }, number)
      },
    })
  }

  /** Counts a request, of which it is known what it asks for, until its answer has ended. */
  begin(counted: CountedRequest, response: ServerResponse): void {
    const from = performance.now()
    const by = requestLabels(counted)
    const { dry_run: _, ...shown } = by
    const lasts = isLongRunning(counted.attributes)
    const kind = reading.has(counted.attributes.verb) ? 'readOnly' : 'mutating'
    if (lasts) this.#longRunning.inc(shown)
    else this.#inflight[kind]++
    let ended = false
    const end = () => {
      if (ended) return
      ended = true
      if (lasts) this.#longRunning.dec(shown)
      else this.#inflight[kind]--
      this.#total.inc({ ...by, code: String(response.statusCode) })
      this.#durations.observe(by, (performance.now() - from) / 1000)
    }
    response.once('finish', end)
    response.once('close', end)
  }
}
