import type { Container, ContainerStatus, Pod } from '../../../src/kube/objects.ts'
import { initEndedWell, reportedWell } from '../plan/exits.ts'
import { isAlive, newest, vanished } from '../plan/incarnations.ts'
import { isDeleted } from '../plan/leaving.ts'
import { outcome } from '../plan/outcome.ts'
import { isSidecar } from '../plan/restart.ts'
import type { StatusInput } from '../rules.ts'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

/** The pod's phase, with reason and message where the node ended the pod. A terminal phase never reverses. */
export function podPhase(
  input: StatusInput,
  initStatuses: readonly ContainerStatus[],
  mainStatuses: readonly ContainerStatus[],
): { phase: Phase; reason?: string; message?: string } {
  const { pod, observed, memory, now } = input
  const running = observed.containers.some(isAlive)
  const ended = outcome(pod, observed, memory, now)
  // kubelet 1.27 on: a pod is terminal only once nothing of it runs nor is being started, whatever ended it.
  if (ended && !running && (memory.cleaning || ended.cause === 'reported' || ended.cause === 'rejected'))
    return { phase: ended.phase, reason: ended.reason, message: ended.message }
  const ending = isDeleted(pod, memory)
  const containers = pod.spec?.containers ?? []
  const ran = containers.filter((container) => newest(observed, container.name)?.startedAt !== undefined || vanished(pod, observed, container.name))
  if (ending && !running && ran.length === containers.length && containers.length > 0 && mainStatuses.every((status) => status.state?.terminated)) {
    return { phase: mainStatuses.every((status) => status.state?.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed' }
  }
  // kubelet 1.27 on: what is deleted before it could run or while some of it waits ends Failed.
  if (ending && !running && memory.cleaning) return { phase: 'Failed' }
  if (!initialized(pod, input, initStatuses)) return { phase: 'Pending' }
  // Waiting for the first time is Pending; waiting in a backoff after it ran is Running.
  const waiting = mainStatuses.some((status) => status.state?.waiting && !status.lastState?.terminated)
  return { phase: waiting || mainStatuses.length === 0 ? 'Pending' : 'Running' }
}

/** kubelet 1.32, `hasPodInitialized`: it has no init containers, a main one has run, or the last init one is done. */
export function wasInitialized({ pod, observed, memory }: StatusInput): boolean {
  const inits = pod.spec?.initContainers ?? []
  if ((pod.spec?.containers ?? []).some(({ name }) => newest(observed, name)?.startedAt !== undefined || vanished(pod, observed, name))) return true
  const last = inits.at(-1)
  const state = last && newest(observed, last.name)
  return last === undefined || (isSidecar(last) ? state?.startedAt !== undefined : state !== undefined && initEndedWell(pod, state, memory))
}

/** Every init container is done and every sidecar started, or a main container has run already. */
export function initialized(pod: Pod, input: StatusInput, initStatuses: readonly ContainerStatus[]): boolean {
  if ((pod.spec?.containers ?? []).some(({ name }) => newest(input.observed, name) !== undefined || vanished(pod, input.observed, name))) return true
  return (pod.spec?.initContainers ?? []).every((container) => initDone(container, initStatuses))
}

export function initDone(container: Container, statuses: readonly ContainerStatus[]): boolean {
  const status = statuses.find((each) => each.name === container.name)
  return isSidecar(container) ? status?.started === true : reportedWell(status?.state)
}
