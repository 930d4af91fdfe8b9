import type { PodState } from '../../../src/engine/engine.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { initEndedWell, reportedWell } from './exits.ts'
import { latest, reportedStatus, usableSandbox, vanished } from './incarnations.ts'
import { isDeleted } from './leaving.ts'
import { finalExit, isSidecar, restartPolicy } from './restart.ts'
import type { PodMemory } from './types.ts'

/** How a pod ended, or undefined while it may go on. `reason` and `message` where the node ended it. */
export interface Outcome {
  readonly phase: 'Succeeded' | 'Failed'
  readonly cause: 'reported' | 'rejected' | 'evicted' | 'deadline' | 'completed'
  readonly reason?: string
  readonly message?: string
}

/** A terminal phase never reverses: what was reported stands. */
export function outcome(pod: Pod, observed: PodState, memory: PodMemory, now: number): Outcome | undefined {
  const reported = pod.status?.phase
  if (reported === 'Succeeded' || reported === 'Failed') return { phase: reported, cause: 'reported', reason: pod.status?.reason, message: pod.status?.message }
  if (memory.rejection) return { phase: 'Failed', cause: 'rejected', ...memory.rejection }
  if (memory.eviction) return { phase: 'Failed', cause: 'evicted', reason: memory.eviction.reason, message: memory.eviction.message }
  const completed = completion(pod, observed, memory)
  if (completed) return { phase: completed, cause: 'completed' }
  const deadline = deadlineOf(pod, memory)
  if (deadline !== undefined && now >= deadline) {
    return { phase: 'Failed', cause: 'deadline', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
  }
  return undefined
}

/** Nothing of the pod is started again: it is being deleted, or has come to its end. */
export function isEnding(pod: Pod, observed: PodState, memory: PodMemory, now: number): boolean {
  return isDeleted(pod, memory) || outcome(pod, observed, memory, now) !== undefined
}

/** Wall-clock ms at which activeDeadlineSeconds run out. */
export function deadlineOf(pod: Pod, memory: PodMemory): number | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds
  return seconds === undefined ? undefined : memory.acceptedAt + seconds * 1000
}

function completion(pod: Pod, observed: PodState, memory: PodMemory): 'Succeeded' | 'Failed' | undefined {
  if (initFailed(pod, observed, memory)) return 'Failed'
  const containers = pod.spec?.containers ?? []
  if (containers.length === 0) return undefined
  const exits = containers.map((container) => finalExit(pod, observed, container, memory))
  if (exits.some((exit) => exit === undefined)) return undefined
  return exits.every((exit) => exit === 0) ? 'Succeeded' : 'Failed'
}

/** Under Never, an init container that fails ends the pod before its main containers start. */
function initFailed(pod: Pod, observed: PodState, memory: PodMemory): boolean {
  if (restartPolicy(pod) !== 'Never') return false
  const sandbox = usableSandbox(pod, observed)
  return (pod.spec?.initContainers ?? []).some((container) => {
    if (isSidecar(container)) return false
    const state = latest(pod, observed, container.name)
    if (!state) return vanishedInVain(pod, observed, container.name)
    if (state.state !== 'exited' || initEndedWell(pod, state, memory)) return false
    // Of an earlier sandbox: it runs again in the new one.
    return sandbox === undefined || state.sandboxId === sandbox.id
  })
}

/** What vanished did not succeed as far as anybody knows; under Never it has had its one run. */
function vanishedInVain(pod: Pod, observed: PodState, name: string): boolean {
  const reported = reportedStatus(pod, name)?.state
  return vanished(pod, observed, name) && (reported?.running !== undefined || (reported?.terminated !== undefined && !reportedWell(reported)))
}
