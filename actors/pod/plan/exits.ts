import type { ContainerState } from '../../../src/engine/engine.ts'
import type { Pod, ContainerState as ReportedState } from '../../../src/kube/objects.ts'
import { reportedStatus } from './incarnations.ts'
import type { PodMemory } from './types.ts'

/** The kernel killed something of it for want of memory: by its state, by an event, or by what an earlier agent reported of it. */
export function isOomKilled(pod: Pod, state: ContainerState, memory: PodMemory): boolean {
  if (state.oomKilled || memory.oomKilled.includes(state.id)) return true
  const reported = reportedStatus(pod, state.name)
  return [reported?.state, reported?.lastState].some((each) => wasOomKilled(each) && each?.terminated?.containerID?.endsWith(`://${state.id}`))
}

/** It was never started: the engine could not run it. */
export const couldNotRun = (state: ContainerState): boolean => Boolean(state.error) && (state.startedAt === undefined || state.startedAt === state.createdAt)

/** kubelet, `isInitContainerFailed`: of an init container that ended, the reason counts beside the exit code. */
export const initEndedWell = (pod: Pod, state: ContainerState, memory: PodMemory): boolean =>
  state.state === 'exited' && state.exitCode === 0 && !couldNotRun(state) && !isOomKilled(pod, state, memory)

/** The same of a state that was reported. */
export const reportedWell = (state: ReportedState | undefined): boolean =>
  state?.terminated?.exitCode === 0 && !failures.includes(state.terminated.reason ?? '')

const failures: readonly string[] = ['OOMKilled', 'ContainerCannotRun', 'StartError', 'ContainerStatusUnknown']

const wasOomKilled = (state: ReportedState | undefined): boolean => state?.terminated?.reason === 'OOMKilled'
