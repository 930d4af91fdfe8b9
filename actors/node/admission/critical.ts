import type { Pod } from '../../../src/kube/objects.ts'

/** Kubernetes: the least priority of the system's own classes. */
const systemCriticalPriority = 2_000_000_000

export const priorityOf = (pod: Pod): number => pod.spec?.priority ?? 0

/** Of a static manifest, not of the API server. */
export const isStatic = (pod: Pod | undefined): boolean => {
  const source = pod?.metadata?.annotations?.['kubernetes.io/config.source']
  return source !== undefined && source !== 'api'
}

/** A pod that the node must run before others: static, a static pod's mirror, or of a system priority class. */
export const isCritical = (pod: Pod): boolean =>
  isStatic(pod) || pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined || priorityOf(pod) >= systemCriticalPriority
