import type { Registry } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'
import Histogram from 'prom-client/lib/histogram.js'

/** The kubelet's figures of what it asks of the engine, by CRI's names of operations. */
export class RuntimeOperations {
  readonly #total: Counter<'operation_type'>
  readonly #errors: Counter<'operation_type'>
  readonly #durations: Histogram<'operation_type'>
  readonly #sandboxes: Histogram<'runtime_handler'>
  readonly #sandboxErrors: Counter<'runtime_handler'>

  constructor(registry: Registry) {
    const operation = { labelNames: ['operation_type'] as const, registers: [registry] }
    this.#total = new Counter({
      name: 'kubelet_runtime_operations_total',
      help: 'Cumulative number of runtime operations by operation type.',
      ...operation,
    })
    this.#durations = new Histogram({
      name: 'kubelet_runtime_operations_duration_seconds',
      help: 'Duration in seconds of runtime operations. Broken down by operation type.',
      buckets: operationBuckets,
      ...operation,
    })
    this.#errors = new Counter({
      name: 'kubelet_runtime_operations_errors_total',
      help: 'Cumulative number of runtime operation errors by operation type.',
      ...operation,
    })
    const handler = { labelNames: ['runtime_handler'] as const, registers: [registry] }
    this.#sandboxes = new Histogram({
      name: 'kubelet_run_podsandbox_duration_seconds',
      help: 'Duration in seconds of the run_podsandbox operations. Broken down by RuntimeClass handler.',
      ...handler,
    })
    this.#sandboxErrors = new Counter({
      name: 'kubelet_run_podsandbox_errors_total',
      help: 'Cumulative number of the run_podsandbox operation errors by RuntimeClass handler.',
      ...handler,
    })
  }

  done(operation: string, seconds: number, failed: boolean): void {
    const labels = { operation_type: operation }
    this.#total.inc(labels)
    this.#durations.observe(labels, seconds)
    if (failed) this.#errors.inc(labels)
  }

  sandboxRun(handler: string, seconds: number, failed: boolean): void {
    const labels = { runtime_handler: handler }
    this.#sandboxes.observe(labels, seconds)
    if (failed) this.#sandboxErrors.inc(labels)
  }
}

/** kubelet 1.32: fourteen, from 5 ms, each two and a half times the one before. */
const operationBuckets = Array.from({ length: 14 }, (_, power) => Number((0.005 * 2.5 ** power).toPrecision(12)))
