import type { AgentConfig } from '../../../src/config/agent-config.ts'
import type { LinuxResources } from '../../../src/engine/settings.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'
import { isSet, podLimits, podRequests } from '../../../src/kube/pod-requests.ts'
import { cpuQuota, cpuShares } from './resources.ts'

/**
 * Limits of the pod's own cgroup, around its containers' (kubelet 1.32, ResourceConfigForPod): CPU by its requests; CPU and memory are bounded
 * only when every container is, else the ones without a limit would be by the others'.
 */
export function podCgroupLimits(pod: Pod, config: AgentConfig): LinuxResources {
  const requests = podRequests(pod)
  const limits = podLimits(pod)
  const overhead = (name: string) => podRequests({ spec: { containers: [], overhead: pod.spec?.overhead } }).get(name) ?? 0
  const period = config.cpuCfsQuotaPeriodMs * 1000
  const cpu = bounded(pod, 'cpu') ? (limits.get('cpu') ?? 0) + overhead('cpu') : 0
  const memory = bounded(pod, 'memory') ? (limits.get('memory') ?? 0) + overhead('memory') : 0
  const hugepages = [...requests].filter(([name]) => name.startsWith('hugepages-'))
  return {
    cpuShares: cpuShares(requests.get('cpu') ?? 0),
    ...(cpu > 0 && config.cpuCfsQuota ? { cpuQuota: cpuQuota(cpu, period), cpuPeriod: period } : {}),
    ...(memory > 0 ? { memoryLimitBytes: memory } : {}),
    ...(config.podPidsLimit > 0 ? { pidsLimit: config.podPidsLimit } : {}),
    hugepageLimits: hugepages.map(([name, limitBytes]) => ({ pageSize: name.slice('hugepages-'.length), limitBytes })),
  }
}

function bounded(pod: Pod, resource: 'cpu' | 'memory'): boolean {
  const { containers = [], initContainers = [], ...spec } = pod.spec ?? {}
  // Of the pod as a whole (KEP-2837).
  const whole = (spec as { resources?: Container['resources'] }).resources?.limits?.[resource]
  return isSet(whole) || [...containers, ...initContainers].every((container) => isSet(container.resources?.limits?.[resource]))
}
