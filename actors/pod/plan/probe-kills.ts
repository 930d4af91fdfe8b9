import type { ContainerState } from '../../../src/engine/engine.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'
import { secondsOf } from '../../../src/kube/seconds.ts'
import { definitionChanged, isSidecar, restartPolicy } from './restart.ts'
import type { Action, PodMemory } from './types.ts'

type Kill = Extract<Action, { type: 'KillContainer' }>

/** Why a running container (or one that may run) must be killed so that it can be made anew; undefined when it may go on. */
export function killFor(pod: Pod, container: Container, state: ContainerState, memory: PodMemory): Kill | undefined {
  const podGrace = pod.spec?.terminationGracePeriodSeconds ?? 30
  const kill = (cause: Kill['cause'], message: string, grace = podGrace): Kill => ({
    type: 'KillContainer',
    id: state.id,
    name: container.name,
    graceSeconds: secondsOf(grace),
    runPreStop: true,
    cause,
    message,
  })
  if (state.state === 'unknown') return kill('unknown-state', 'Container is in "unknown" state, try killing it before restart')
  // kubelet 1.32: sidecars are called init containers, and only of main ones is the restart announced.
  const title = isSidecar(container) ? `Init container ${container.name}` : `Container ${container.name}`
  const next = isSidecar(container) || restartPolicy(pod) === 'Never' ? '' : ', will be restarted'
  if (definitionChanged(container, state)) return kill('definition-changed', `${title} definition changed${isSidecar(container) ? '' : ', will be restarted'}`)
  const verdicts = memory.probes[state.id]
  if (verdicts?.liveness === false) return kill('liveness', `${title} failed liveness probe${next}`, container.livenessProbe?.terminationGracePeriodSeconds)
  if (verdicts?.startup === false) return kill('startup-probe', `${title} failed startup probe${next}`, container.startupProbe?.terminationGracePeriodSeconds)
  return undefined
}

/** Running, its startup probe passed, its postStart done. */
export function isStarted(container: Container, state: ContainerState | undefined, memory: PodMemory): boolean {
  if (state?.state !== 'running' || memory.postStartPending.includes(state.id)) return false
  return container.startupProbe === undefined || memory.probes[state.id]?.startup === true
}
