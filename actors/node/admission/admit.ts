import { hostPorts, TakenPorts } from '../../../src/kube/host-ports.ts'
import { nodeAffinityMatches } from '../../../src/kube/node-affinity.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import { amountsOf } from '../../../src/kube/pod-requests.ts'
import { tolerates } from '../../../src/kube/taints.ts'
import { isCritical, isStatic } from './critical.ts'
import { missingFeature, type NodeFeatures } from './node-features.ts'
import type { Occupancy } from './occupancy.ts'
import { victims } from './preemption.ts'
import { pressureRefusal } from './pressure.ts'
import { shortages } from './resource-fit.ts'
import { forbiddenSysctl } from './sysctls.ts'

export interface AdmissionInput {
  readonly pod: Pod
  /** Admitted before it and not ended. */
  readonly others: Occupancy
  /** Absent while the node has not been seen: what depends on it is not asked. */
  readonly node: Node | undefined
  readonly allowedUnsafeSysctls: readonly string[]
  /** The conditions that hold just now, as `MemoryPressure`. */
  readonly pressures?: readonly string[]
  /** The machine is about to go down. */
  readonly shuttingDown?: boolean
  readonly features: NodeFeatures
}

/** Whether a pod may run here. */
export type Admission =
  | { readonly admitted: true; readonly preempt: readonly Pod[]; readonly preemptFor?: string }
  /** The kubelet's reason, and its message without the prefix that a status has. */
  | { readonly admitted: false; readonly reason: string; readonly message: string }

/** Decides on a pod that is new to this node, as kubelet 1.32 does, in its order. Never throws: what it cannot read it refuses. */
export function admit(input: AdmissionInput): Admission {
  try {
    return decide(input)
  } catch (error) {
    return refuse('UnexpectedAdmissionError', `Unexpected error while attempting admission: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function decide({ pod, others, node, allowedUnsafeSysctls, features, pressures = [], shuttingDown }: AdmissionInput): Admission {
  if (shuttingDown) return refuse('NodeShutdown', 'Pod was rejected as the node is shutting down.')
  const pressure = pressureRefusal(pod, pressures)
  if (pressure) return refuse('Evicted', pressure)
  const sysctl = forbiddenSysctl(pod, allowedUnsafeSysctls)
  if (sysctl) return refuse('SysctlForbidden', sysctl)
  const selected = pod.spec?.nodeSelector?.['kubernetes.io/os']
  if (selected !== undefined && selected !== 'linux') {
    return refuse('PodOSSelectorNodeLabelDoesNotMatch', "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label")
  }
  if (pod.spec?.os && pod.spec.os.name !== 'linux') return refuse('PodOSNotSupported', "Failed to admit pod as the OS field doesn't match node OS")
  const missing = missingFeature(pod, features)
  if (missing) return refuse(missing.reason, missing.message)
  if (!node) return admitted
  const predicate = failedPredicate(pod, others, node)
  const lacking = shortages(pod, others, amountsOf(node.status?.allocatable))
  if (lacking.length > 0 && !predicate && isCritical(pod)) {
    const preempt = victims(pod, others.pods(), lacking)
    if (preempt) return { admitted: true, preempt, preemptFor: lacking[0]?.resource }
  }
  const shortage = lacking[0]
  if (shortage) {
    const { resource, requested, used, capacity } = shortage
    return refuse(`OutOf${resource}`, `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`)
  }
  return predicate ? refuse(predicate.name, `Predicate ${predicate.name} failed: ${predicate.says}`) : admitted
}

const admitted: Admission = { admitted: true, preempt: [] }

const refuse = (reason: string, message: string): Admission => ({ admitted: false, reason, message })

function failedPredicate(pod: Pod, others: Occupancy, node: Node): { readonly name: string; readonly says: string } | undefined {
  if (!nodeAffinityMatches(pod, node)) return { name: 'NodeAffinity', says: "node(s) didn't match Pod's node affinity/selector" }
  if (pod.spec?.nodeName && pod.spec.nodeName !== node.metadata?.name) return { name: 'NodeName', says: "node(s) didn't match the requested node name" }
  const wanted = hostPorts(pod)
  const taken = wanted.length > 0 ? new TakenPorts(others.ports) : undefined
  if (wanted.some((port) => taken?.conflicts(port))) {
    return { name: 'NodePorts', says: "node(s) didn't have free ports for the requested pod ports" }
  }
  const untolerated = (node.spec?.taints ?? []).some((taint) => taint.effect === 'NoExecute' && !tolerates(pod, taint))
  if (untolerated && !isStatic(pod)) return { name: 'TaintToleration', says: "node(s) had taints that the pod didn't tolerate" }
  return undefined
}
