import type { ContainerState } from '../../../src/engine/engine.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'
import { definitionChanged } from './restart.ts'
import type { Action, PodMemory } from './types.ts'

type Kill = Extract<Action, { type: 'KillContainer' }>

/** Why a running container must be killed so that it can be made anew; undefined when it may go on. */
export function killFor(pod: Pod, container: Container, state: ContainerState, memory: PodMemory): Kill | undefined {
  const podGrace = pod.spec?.terminationGracePeriodSeconds ?? 30
  const kill = (cause: Kill['cause'], message: string, graceSeconds = podGrace): Kill => ({
    type: 'KillContainer',
    id: state.id,
    name: container.name,
    graceSeconds,
    runPreStop: true,
    cause,
    message,
  })
  if (definitionChanged(container, state)) return kill('definition-changed', `Container ${container.name} definition changed, will be restarted`)
  const verdicts = memory.probes[state.id]
  if (verdicts?.liveness === false)
    return kill('liveness', `Container ${container.name} failed liveness probe, will be restarted`, container.livenessProbe?.terminationGracePeriodSeconds)
  if (verdicts?.startup === false)
    return kill('startup-probe', `Container ${container.name} failed startup probe, will be restarted`, container.startupProbe?.terminationGracePeriodSeconds)
  return undefined
}

/** Running, its startup probe passed, its postStart done. */
export function isStarted(container: Container, state: ContainerState | undefined, memory: PodMemory): boolean {
  if (state?.state !== 'running' || memory.postStartPending.includes(state.id)) return false
  return container.startupProbe === undefined || memory.probes[state.id]?.startup === true
}
