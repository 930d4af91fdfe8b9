import type { ContainerState } from '../../../src/engine/engine.ts'
import type { Container } from '../../../src/kube/objects.ts'
import type { PodScope } from '../scope.ts'
import type { GraceDeadline } from './grace.ts'
import { killContainer } from './kill-container.ts'

/** `kubelet 1.32`: the text of `Killing` for a pod that ends. */
export const stoppingMessage = (container: string): string => `Stopping container ${container}`

/**
 * Stops every running container of the pod: main and ephemeral ones in parallel, then the sidecars in reverse order of their start,
 * all within one grace period. Resolves when nothing of them runs.
 */
export async function terminateContainers(
  scope: PodScope,
  running: readonly ContainerState[],
  ip: string | undefined,
  deadline: GraceDeadline,
  signal: AbortSignal,
): Promise<void> {
  const { spec } = scope.pod
  const inits = spec?.initContainers ?? []
  const all: readonly Container[] = [...(spec?.containers ?? []), ...inits, ...((spec?.ephemeralContainers ?? []) as Container[])]
  const kill = (state: ContainerState) => {
    const container = all.find((each) => each.name === state.name)
    const target = { id: state.id, name: state.name, spec: container, ip, runPreStop: true, message: stoppingMessage(state.name) }
    return killContainer(scope, target, deadline, signal)
  }
  const sidecarNames = inits.filter((init) => init.restartPolicy === 'Always').map((init) => init.name)
  const sidecars = sidecarNames.toReversed().flatMap((name) => running.filter((state) => state.name === name))
  const others = running.filter((state) => !sidecarNames.includes(state.name))
  const results = await Promise.allSettled(others.map(kill))
  for (const sidecar of sidecars) await kill(sidecar)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure) throw failure.reason
}
