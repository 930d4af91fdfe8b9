import type { Registry } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'

/** kubelet 1.32: reasons that are told by their names; of others there may be too many. */
const reasons = new Set([
  ...['AppArmor', 'PodOSSelectorNodeLabelDoesNotMatch', 'PodOSNotSupported', 'InvalidNodeInfo', 'InitContainerRestartPolicyForbidden'],
  ...['SupplementalGroupsPolicyNotSupported', 'UnexpectedAdmissionError', 'UnknownReason', 'UnexpectedPredicateFailureType', 'OutOfcpu', 'OutOfmemory'],
  ...['OutOfephemeral-storage', 'OutOfpods', 'Evicted', 'SysctlForbidden', 'TopologyAffinityError', 'NodeShutdown'],
])

/** The kubelet's figures of pods that were not taken, and of those that made room for others. */
export class AdmissionMetrics {
  readonly #rejections: Counter<'reason'>
  readonly #preemptions: Counter<'preemption_signal'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#rejections = new Counter({
      name: 'kubelet_admission_rejections_total',
      help: 'Cumulative number pod admission rejections by the Kubelet.',
      labelNames: ['reason'],
      registers,
    })
    // A kubelet's name, which promtool would have end in _total: shown once there is something to show.
    this.#preemptions = new Counter({
      name: 'kubelet_preemptions',
      help: 'Cumulative number of pod preemptions by preemption resource',
      labelNames: ['preemption_signal'],
      registers,
    })
  }

  rejected(reason: string): void {
    const extended = reason.startsWith('OutOf') ? 'OutOfExtendedResources' : 'Other'
    this.#rejections.inc({ reason: reasons.has(reason) ? reason : extended })
  }

  /** One pod went so that a critical one gets the resource. */
  preempted(resource: string): void {
    this.#preemptions.inc({ preemption_signal: resource })
  }
}
