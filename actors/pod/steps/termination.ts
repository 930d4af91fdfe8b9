import { type ContainerState, EngineError } from '../../../src/engine/engine.ts'
import { isSidecar } from '../plan/restart.ts'
import type { PodScope } from '../scope.ts'
import { findContainer } from './containers.ts'
import type { GraceDeadline } from './grace.ts'
import { killContainer } from './kill-container.ts'

/** `kubelet 1.32`: the text of `Killing` for a pod that ends. */
export const stoppingMessage = (container: string): string => `Stopping container ${container}`

/**
 * Stops every running container of the pod within one grace period: main and ephemeral ones in parallel; the sidecars' stop signals wait for
 * those, and come in reverse order of their start (KEP-753). Resolves when nothing of them runs; one failure does not keep the others up.
 */
export async function terminateContainers(
  scope: PodScope,
  running: readonly ContainerState[],
  ip: string | undefined,
  deadline: GraceDeadline,
  signal: AbortSignal,
): Promise<void> {
  const kill = async (state: ContainerState, turn?: Promise<unknown>) => {
    const { id, name } = state
    const target = { id, name, spec: findContainer(scope, name), ip, runPreStop: state.state === 'running', message: stoppingMessage(name), turn }
    try {
      await killContainer(scope, target, deadline, signal)
    } catch (error) {
      if (state.state !== 'unknown' || !(error instanceof EngineError)) throw error
      // The engine cannot even stop it: what is left of it goes by force.
      await scope.environment.engine.removeContainer(id)
    }
  }
  const sidecarNames = (scope.pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name)
  const kills = running.filter((state) => !sidecarNames.includes(state.name)).map((state) => kill(state))
  for (const sidecar of sidecarNames.toReversed().flatMap((name) => running.filter((state) => state.name === name)))
    kills.push(kill(sidecar, Promise.allSettled([...kills])))
  const failure = (await Promise.allSettled(kills)).find((result) => result.status === 'rejected')
  if (!failure) return
  if (!signal.aborted && failure.reason instanceof EngineError) scope.event('Warning', 'FailedKillPod', `error killing pod: ${failure.reason.message}`)
  throw failure.reason
}
