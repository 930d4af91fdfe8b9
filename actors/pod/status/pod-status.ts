import type { Container, ContainerStatus, PodStatus } from '../../../src/kube/objects.ts'
import { qosClass } from '../../../src/kube/qos.ts'
import { usableSandbox } from '../plan/incarnations.ts'
import { isEnding } from '../plan/outcome.ts'
import type { StatusInput } from '../rules.ts'
import { observedGeneration, podConditions } from './conditions.ts'
import { containerStatus, type Expectation } from './container-status.ts'
import { initialized, podPhase, wasInitialized } from './phase.ts'
import { resizeStatus } from './resize-status.ts'
import { apiTime } from './times.ts'

/** The pod's status as a kubelet reports it. Pure: the same input, the same status. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, observed, memory, now } = input
  const { spec } = pod
  if (memory.rejection && observed.containers.length === 0) {
    // kubelet: a pod that was not admitted has nothing but this, and its class.
    return {
      phase: 'Failed',
      reason: memory.rejection.reason,
      message: memory.rejection.message,
      startTime: apiTime(memory.acceptedAt),
      qosClass: qosClass(pod),
      ...observedGeneration(pod),
    } as PodStatus
  }
  const ending = isEnding(pod, observed, memory, now)
  const over = ending && memory.cleaning === true && wasInitialized(input)
  const statusesOf = (containers: readonly Container[] | undefined, expectation: Omit<Expectation, 'ending' | 'over'>) =>
    (containers ?? []).map((container) => containerStatus(input, container, { ...expectation, ending, over: over && expectation.role === 'main' }))
  const initStatuses = statusesOf(spec?.initContainers, { role: 'init', waitingReason: 'PodInitializing' })
  const initDone = initialized(pod, input, initStatuses)
  const mainStatuses = statusesOf(spec?.containers, { role: 'main', waitingReason: !initDone ? 'PodInitializing' : 'ContainerCreating' })
  const ephemeralStatuses = statusesOf(spec?.ephemeralContainers as Container[] | undefined, { role: 'ephemeral', waitingReason: 'ContainerCreating' })
  const resize = ending ? undefined : resizeStatus(pod, observed, input.desired)
  const { phase, reason, message } = podPhase(input, initStatuses, mainStatuses)
  return {
    ...observedGeneration(pod),
    phase,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    ...(resize ? { resize } : {}),
    conditions: podConditions(input, phase, initStatuses, mainStatuses),
    ...addresses(input, ending),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    startTime: apiTime(memory.acceptedAt),
    ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    containerStatuses: byName(mainStatuses),
    ...(ephemeralStatuses.length > 0 ? { ephemeralContainerStatuses: byName(ephemeralStatuses) } : {}),
  } as unknown as PodStatus
}

/** kubelet, convertToAPIContainerStatuses: those of init containers as the spec has them, the others by name. */
const byName = (statuses: readonly ContainerStatus[]): ContainerStatus[] => [...statuses].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

/** The host's and the pod's addresses; those of a pod that ends stay as they were reported. */
function addresses({ pod, observed, facts }: StatusInput, ending: boolean): Partial<PodStatus> {
  const { hostIps } = facts
  const own = pod.spec?.hostNetwork ? hostIps : (usableSandbox(pod, observed)?.ips ?? [])
  const reported = pod.status?.podIPs?.map((each) => each.ip) ?? []
  const podIps = own.length > 0 || !ending ? own : reported
  return {
    ...(hostIps[0] ? { hostIP: hostIps[0], hostIPs: hostIps.map((ip) => ({ ip })) } : {}),
    ...(podIps[0] ? { podIP: podIps[0], podIPs: podIps.map((ip) => ({ ip })) } : {}),
  }
}
