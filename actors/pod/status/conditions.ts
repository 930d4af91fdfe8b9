import type { ContainerStatus, Pod, PodCondition } from '../../../src/kube/objects.ts'
import { usableSandbox } from '../plan/incarnations.ts'
import { isSidecar } from '../plan/restart.ts'
import type { StatusInput } from '../rules.ts'
import { initDone, initialized, type Phase } from './phase.ts'
import { apiTime } from './times.ts'

type Draft = Pick<PodCondition, 'type' | 'status'> & { reason?: string; message?: string }

/** The kubelet's conditions in its order; those that others set (PodScheduled, readiness gates) are left to them. */
export function podConditions(
  input: StatusInput,
  phase: Phase,
  initStatuses: readonly ContainerStatus[],
  mainStatuses: readonly ContainerStatus[],
): PodCondition[] {
  const { pod, memory } = input
  const containersReady = containersReadyCondition(input, phase, initStatuses, mainStatuses)
  const drafts: Draft[] = [
    { type: 'PodReadyToStartContainers', status: usableSandbox(pod, input.observed) ? 'True' : 'False' },
    initializedCondition(input, phase, initStatuses),
    readyCondition(input, containersReady),
    { ...containersReady, type: 'ContainersReady' },
    { type: 'PodScheduled', status: 'True' },
  ]
  // kubelet 1.32: told together with the terminal phase.
  if (memory.eviction?.disruption && phase === 'Failed')
    drafts.push({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message: memory.eviction.message })
  return drafts.map((draft) => withTimes(draft, input))
}

/** Which spec is told of, where the API server counts specs (KEP-5067; from 1.33 on). */
export function observedGeneration(pod: Pod): { readonly observedGeneration?: number } {
  const generation = pod.metadata?.generation
  return generation ? { observedGeneration: generation } : {}
}

/** The time of the last change stays until the status changes again. */
function withTimes(draft: Draft, { pod, now }: StatusInput): PodCondition {
  const before = pod.status?.conditions?.find((condition) => condition.type === draft.type)
  const same = before?.status === draft.status
  return {
    ...draft,
    ...observedGeneration(pod),
    lastProbeTime: null,
    lastTransitionTime: same ? before?.lastTransitionTime : apiTime(now),
  } as unknown as PodCondition
}

function initializedCondition(input: StatusInput, phase: Phase, statuses: readonly ContainerStatus[]): Draft {
  const { pod } = input
  const type = 'Initialized'
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' }
  if (initialized(pod, input, statuses)) return { type, status: 'True' }
  const incomplete = (pod.spec?.initContainers ?? []).filter((container) => !initDone(container, statuses)).map(({ name }) => name)
  return { type, status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${incomplete.join(' ')}]` }
}

function containersReadyCondition(
  { pod }: StatusInput,
  phase: Phase,
  initStatuses: readonly ContainerStatus[],
  mainStatuses: readonly ContainerStatus[],
): Omit<Draft, 'type'> {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name)
  const counted = [...initStatuses.filter((status) => sidecars.includes(status.name)), ...mainStatuses]
  const unready = counted.filter((status) => !status.ready).map((status) => status.name)
  if (unready.length === 0) return { status: 'True' }
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
}

/** Ready when the containers are, and every readiness gate is True. */
function readyCondition({ pod }: StatusInput, containersReady: Omit<Draft, 'type'>): Draft {
  const type = 'Ready'
  if (containersReady.status !== 'True') return { type, ...containersReady }
  const problems = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find((each) => each.type === conditionType)
    if (condition?.status === 'True') return []
    return [
      condition
        ? `the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`
        : `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
    ]
  })
  if (problems.length === 0) return { type, status: 'True' }
  return { type, status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') }
}
