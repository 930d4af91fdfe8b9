import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { AdmissionMetrics } from '../metrics/admission-metrics.ts'
import { CsiMetrics } from '../metrics/csi-metrics.ts'
import { HousekeepingMetrics } from '../metrics/housekeeping-metrics.ts'
import { HttpMetrics } from '../metrics/http-metrics.ts'
import { CgroupOperations } from '../metrics/pod-metrics.ts'
import { PodStarts } from '../metrics/pod-starts.ts'
import { RelistMetrics } from '../metrics/relist-metrics.ts'
import { RestClientMetrics } from '../metrics/rest-client-metrics.ts'
import { RuntimeOperations } from '../metrics/runtime-operations.ts'

/** What the node thread measures as it goes; what can be read when it is asked for is in `agentMetrics`, what pods' actors measure in `PodMetrics`. */
export interface NodeMeasures {
  readonly requests: RestClientMetrics
  readonly http: HttpMetrics
  readonly starts: PodStarts
  readonly relists: RelistMetrics
  readonly engine: RuntimeOperations
  readonly cgroups: CgroupOperations
  readonly csi: CsiMetrics
  readonly admission: AdmissionMetrics
  readonly housekeeping: HousekeepingMetrics
}

export const nodeMeasures = (registry: Registry, clock: Clock): NodeMeasures => ({
  requests: new RestClientMetrics(registry),
  http: new HttpMetrics(registry),
  starts: new PodStarts(registry, clock),
  relists: new RelistMetrics(registry, clock),
  engine: new RuntimeOperations(registry),
  cgroups: new CgroupOperations(registry),
  csi: new CsiMetrics(registry),
  admission: new AdmissionMetrics(registry),
  housekeeping: new HousekeepingMetrics(registry),
})
