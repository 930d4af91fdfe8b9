import type { AgentConfig } from '../../../src/config/agent-config.ts'
import type { PodResources } from '../../../src/engine/engine.ts'
import type { LinuxResources } from '../../../src/engine/settings.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { amountsOf, podLimits, podRequests } from '../../../src/kube/pod-requests.ts'
import { cpuQuota, cpuShares } from './resources.ts'

/** What the runtime is told of the pod as a whole (kubelet 1.36, applySandboxResources): its containers' sums, and its overhead, of which request and limit are one. */
export function sandboxResources(pod: Pod, config: Pick<AgentConfig, 'cpuCfsQuota' | 'cpuCfsQuotaPeriodMs'>): PodResources {
  const limits = podLimits(pod)
  const requests = podRequests({ ...pod, spec: { containers: [], ...pod.spec, overhead: undefined } })
  const overhead = pod.spec?.overhead && amountsOf(pod.spec.overhead)
  const of = (requestMilli: number, limitMilli: number, memory: number): LinuxResources => {
    const cpuPeriod = config.cpuCfsQuotaPeriodMs * 1000
    return {
      cpuShares: cpuShares(requestMilli === 0 ? limitMilli : requestMilli),
      ...(config.cpuCfsQuota ? { cpuPeriod, ...(limitMilli > 0 ? { cpuQuota: cpuQuota(limitMilli, cpuPeriod) } : {}) } : {}),
      ...(memory > 0 ? { memoryLimitBytes: memory } : {}),
    }
  }
  const amount = (from: ReadonlyMap<string, number>, name: string) => from.get(name) ?? 0
  return {
    containers: of(amount(requests, 'cpu'), amount(limits, 'cpu'), amount(limits, 'memory')),
    ...(overhead ? { overhead: of(amount(overhead, 'cpu'), amount(overhead, 'cpu'), amount(overhead, 'memory')) } : {}),
  }
}
