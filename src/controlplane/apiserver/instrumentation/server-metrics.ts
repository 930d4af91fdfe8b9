import { Gauge, type Registry } from 'prom-client'
import { processMetrics } from '../../../metrics/process-metrics.ts'
import { versionInfo } from '../discovery/version.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { objectCounts } from './object-counts.ts'

export interface ServerMetricsParts {
  readonly store: ObjectStore
  /** Of Kubernetes 1: what the server passes for. */
  readonly minor: number
  /** Those that are served now. */
  kinds(): readonly ResourceDefinition[]
}

/** What a kube-apiserver tells of itself and of what it stores; read when somebody asks. */
export function serverMetrics(registry: Registry, { store, minor, kinds }: ServerMetricsParts): void {
  const { major, minor: version, gitVersion, platform } = versionInfo(minor)
  new Gauge({
    name: 'kubernetes_build_info',
    help: "A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
    labelNames: ['major', 'minor', 'git_version', 'platform'],
    registers: [registry],
  }).set({ major, minor: version, git_version: gitVersion, platform }, 1)
  objectCounts(registry, store, kinds)
  processMetrics(registry)
}
