import type { Registry } from 'prom-client'
import Gauge from 'prom-client/lib/gauge.js'

/** What a container's logs take of the disk, as last measured. */
export interface LogUse {
  readonly uid: string
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly bytes: number
}

/** The kubelet's figure of containers' logs. */
export function logMetrics(registry: Registry, logs: () => Iterable<LogUse>): void {
  new Gauge({
    name: 'kubelet_container_log_filesystem_used_bytes',
    help: "Bytes used by the container's logs on the filesystem.",
    labelNames: ['uid', 'namespace', 'pod', 'container'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { bytes, ...labels } of logs()) this.set(labels, bytes)
    },
  })
}
