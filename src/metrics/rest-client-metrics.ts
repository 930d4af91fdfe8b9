import type { Registry } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'
import Histogram from 'prom-client/lib/histogram.js'
import type { RequestObserver } from '../kube/request-observer.ts'

/** client-go 0.32: seconds in which an API server answers. */
const requestBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

/** client-go's figures of the requests to the API server. */
export class RestClientMetrics implements RequestObserver {
  readonly #requests: Counter<'code' | 'host' | 'method'>
  readonly #durations: Histogram<'host' | 'verb'>
  readonly #waits: Histogram<'host' | 'verb'>
  readonly #refused: Counter<'resource'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#requests = new Counter({
      name: 'rest_client_requests_total',
      help: 'Number of HTTP requests, partitioned by status code, method, and host.',
      labelNames: ['code', 'host', 'method'],
      registers,
    })
    const perVerb = { labelNames: ['host', 'verb'] as const, buckets: requestBuckets, registers }
    this.#durations = new Histogram({
      name: 'rest_client_request_duration_seconds',
      help: 'Request latency in seconds. Broken down by verb, and host.',
      ...perVerb,
    })
    this.#waits = new Histogram({
      name: 'rest_client_rate_limiter_duration_seconds',
      help: 'Client side rate limiter latency in seconds. Broken down by verb, and host.',
      ...perVerb,
    })
    this.#refused = new Counter({
      name: 'podsteward_api_objects_refused_total',
      help: 'Objects from the API server that cannot be used, each time one was sent. Broken down by resource.',
      labelNames: ['resource'],
      registers,
    })
  }

  answered(host: string, method: string, code: number | undefined): void {
    this.#requests.inc({ code: code === undefined ? '<error>' : String(code), host, method })
  }

  took(host: string, method: string, seconds: number): void {
    this.#durations.observe({ host, verb: method }, seconds)
  }

  waited(host: string, method: string, seconds: number): void {
    this.#waits.observe({ host, verb: method }, seconds)
  }

  refused(resource: string): void {
    this.#refused.inc({ resource })
  }
}
