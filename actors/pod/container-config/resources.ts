import type { AgentConfig } from '../../../src/config/agent-config.ts'
import type { LinuxResources } from '../../../src/engine/settings.ts'
import type { Container, Node, Pod } from '../../../src/kube/objects.ts'
import { qosClass } from '../../../src/kube/qos.ts'
import { milliUnits, wholeUnits } from '../../../src/kube/quantity.ts'

// kubelet, pkg/kubelet/qos and cm: the kernel's least share and quota, and the scores of each class.
const minShares = 2
const maxShares = 262_144
const minQuotaMicroseconds = 1000
export const pauseOomScore = -998
const guaranteedOomScore = -997
const bestEffortOomScore = 1000
/** Priority of system-cluster-critical; from there on a pod is critical to its node. */
const criticalPriority = 2_000_000_000

export const cpuShares = (milliCpu: number): number => Math.min(maxShares, Math.max(minShares, Math.floor((milliCpu * 1024) / 1000)))

/** CFS quota in microseconds for a limit, at least 1 ms. */
export const cpuQuota = (milliCpu: number, periodMicroseconds: number): number =>
  Math.max(minQuotaMicroseconds, Math.floor((milliCpu * periodMicroseconds) / 1000))

/** Guaranteed and node-critical pods go last, BestEffort first, Burstable the sooner the less memory they asked for. */
export function oomScoreAdj(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  const { priority = 0, priorityClassName } = pod.spec ?? {}
  if (priority >= criticalPriority && priorityClassName === 'system-node-critical') return guaranteedOomScore
  const qos = qosClass(pod)
  if (qos === 'Guaranteed') return guaranteedOomScore
  if (qos === 'BestEffort') return bestEffortOomScore
  const score = 1000 - Math.floor((1000 * oomMemory(pod, container)) / Math.max(1, nodeMemoryBytes))
  return Math.min(999, Math.max(3, score))
}

const memoryRequest = ({ resources }: Container): number => wholeUnits(resources?.requests?.memory ?? resources?.limits?.memory ?? '0')

/** The memory a score is made of: a sidecar must not go before the containers that need it, so it counts for at least the least of theirs. */
function oomMemory(pod: Pod, container: Container): number {
  const own = memoryRequest(container)
  const isSidecar = pod.spec?.initContainers?.some(({ name, restartPolicy }) => name === container.name && restartPolicy === 'Always')
  return isSidecar ? Math.max(own, Math.min(...(pod.spec?.containers ?? []).map(memoryRequest))) : own
}

/** Requests and limits as cgroup settings. A request that is missing is the limit. */
export function containerResources(pod: Pod, container: Container, node: Node | undefined, config: AgentConfig): LinuxResources {
  const { limits = {}, requests = {} } = container.resources ?? {}
  const limitMilli = limits.cpu === undefined ? 0 : milliUnits(limits.cpu)
  const requestMilli = requests.cpu === undefined ? limitMilli : milliUnits(requests.cpu)
  const memory = limits.memory === undefined ? 0 : wholeUnits(limits.memory)
  const period = config.cpuCfsQuotaPeriodMs * 1000
  const hugepages = Object.entries(limits).filter(([name]) => name.startsWith('hugepages-'))
  return {
    cpuShares: cpuShares(requestMilli),
    ...(limitMilli > 0 && config.cpuCfsQuota ? { cpuQuota: cpuQuota(limitMilli, period), cpuPeriod: period } : {}),
    ...(memory > 0 ? { memoryLimitBytes: memory } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, wholeUnits(node?.status?.capacity?.memory ?? '0')),
    ...(config.podPidsLimit > 0 ? { pidsLimit: config.podPidsLimit } : {}),
    ...(hugepages.length > 0
      ? { hugepageLimits: hugepages.map(([name, value]) => ({ pageSize: name.slice('hugepages-'.length), limitBytes: wholeUnits(value) })) }
      : {}),
  }
}

/** `kubepods/burstable/pod<uid>` and so on; undefined where the agent keeps no cgroups of its own. */
export function podCgroup(pod: Pod, config: AgentConfig, driver: 'cgroupfs' | 'systemd' | 'none'): string | undefined {
  if (!config.cgroupsPerQos || driver === 'none') return undefined
  const uid = pod.metadata?.uid ?? ''
  const qos = qosClass(pod)
  if (driver === 'systemd') {
    const middle = qos === 'Guaranteed' ? '' : `-${qos.toLowerCase()}`
    return `kubepods${middle}-pod${uid.replaceAll('-', '_')}.slice`
  }
  const root = config.cgroupRoot === '/' ? '' : config.cgroupRoot.replace(/\/$/, '')
  return `${root}/kubepods${qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`}/pod${uid}`
}
