import type { ContainerState, PodState } from '../../../src/engine/engine.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'
import { containerHash } from '../container-config/hash.ts'
import { annotationNames } from '../container-config/labels.ts'
import { latest, reportedStatus, vanished } from './incarnations.ts'
import type { BackoffState, PodMemory } from './types.ts'

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

export const restartPolicy = (pod: Pod): RestartPolicy => (pod.spec?.restartPolicy as RestartPolicy | undefined) ?? 'Always'

/** An init container that runs beside the main ones (KEP-753). */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

/** The running incarnation is of another definition: name or image changed. */
export function definitionChanged(container: Container, state: ContainerState): boolean {
  const hash = state.annotations[annotationNames.hash]
  return hash !== undefined && hash !== containerHash(container)
}

/** A backoff that was earned by the definition that the spec still has. */
export function backoffFor(container: Container, backoff: BackoffState | undefined): BackoffState | undefined {
  return backoff?.definition === undefined || backoff.definition === containerHash(container) ? backoff : undefined
}

/** How a main container ended, when nothing will start it again; undefined while it may run (again). */
export function finalExit(pod: Pod, observed: PodState, container: Container, memory: PodMemory): number | undefined {
  const policy = restartPolicy(pod)
  if (policy === 'Always') return undefined
  const exitCode = lastExit(pod, observed, container)
  if (exitCode === undefined) return undefined
  const state = latest(pod, observed, container.name)
  // One that was killed for its definition is made anew, whatever the policy.
  if (state && definitionChanged(container, state)) return undefined
  if (policy === 'Never') return exitCode
  return exitCode === 0 && !(state && memory.restarting.includes(state.id)) ? exitCode : undefined
}

/** The exit code of the newest incarnation; 137 for one that vanished while it ran. Undefined while it runs or was never started. */
export function lastExit(pod: Pod, observed: PodState, container: Container): number | undefined {
  const state = latest(pod, observed, container.name)
  if (state) return state.state === 'exited' || state.state === 'unknown' ? (state.exitCode ?? 137) : undefined
  if (!vanished(pod, observed, container.name)) return undefined
  return reportedStatus(pod, container.name)?.state?.terminated?.exitCode ?? 137
}
