import type { Registry } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import Histogram from 'prom-client/lib/histogram.js'
import type { RequestCounter, ServedRequest } from '../server/request-counter.ts'

type Label = 'method' | 'path' | 'server_type' | 'long_running'

/** kubelet 1.32: by these and no other, so that a caller cannot make series. */
const methods = new Set(['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'])
const paths = new Set([
  ...['healthz', 'pods', 'stats', 'metrics', 'metrics/cadvisor', 'metrics/probes', 'metrics/resource', 'run', 'exec', 'attach', 'portForward'],
  ...['containerLogs', 'configz', 'runningpods', 'checkpoint', 'logs', 'debug'],
])
const longRunning = new Set(['exec', 'attach', 'portForward', 'debug'])

/** The kubelet's figures of requests to the node's own servers. */
export class HttpMetrics implements RequestCounter {
  readonly #total: Counter<Label>
  readonly #durations: Histogram<Label>
  readonly #inflight: Gauge<Label>

  constructor(registry: Registry) {
    const shared = { labelNames: ['method', 'path', 'server_type', 'long_running'] as const, registers: [registry] }
    this.#total = new Counter({ name: 'kubelet_http_requests_total', help: 'Number of the http requests received since the server started', ...shared })
    this.#durations = new Histogram({ name: 'kubelet_http_requests_duration_seconds', help: 'Duration in seconds to serve http requests', ...shared })
    this.#inflight = new Gauge({ name: 'kubelet_http_inflight_requests', help: 'Number of the inflight http requests', ...shared })
  }

  begin({ method, path, server }: ServedRequest): () => void {
    const [first = '', second] = path.replace(/^\//, '').split('/', 2)
    const root = first === 'metrics' && second !== undefined ? `${first}/${second}` : first
    const known = paths.has(root) ? root : 'other'
    const labels = {
      method: methods.has(method) ? method : 'other',
      path: known,
      server_type: server,
      long_running: String(longRunning.has(known)),
    }
    const from = performance.now()
    this.#total.inc(labels)
    this.#inflight.inc(labels)
    return () => {
      this.#inflight.dec(labels)
      this.#durations.observe(labels, (performance.now() - from) / 1000)
    }
  }
}
