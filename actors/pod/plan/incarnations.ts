import type { ContainerState, PodState, SandboxId, SandboxState } from '../../../src/engine/engine.ts'
import type { ContainerStatus, Pod } from '../../../src/kube/objects.ts'

/** The newest incarnation of a container, by its attempt. */
export function newest(observed: PodState, name: string): ContainerState | undefined {
  let best: ContainerState | undefined
  for (const container of observed.containers) if (container.name === name && (!best || container.attempt > best.attempt)) best = container
  return best
}

/** It runs, or may run for all the engine can tell: it must be stopped before another takes its place. */
export const isAlive = ({ state }: ContainerState): boolean => state === 'running' || state === 'unknown'

/** The sandbox that the pod is to use: ready, in the network it asks for, with an address. Others must go. */
export function usableSandbox(pod: Pod, observed: PodState): SandboxState | undefined {
  const network = pod.spec?.hostNetwork ? 'node' : 'pod'
  return observed.sandboxes
    .filter((each) => each.ready && each.networkMode === network && (network === 'node' || each.ips.length > 0))
    .sort((a, b) => b.attempt - a.attempt)[0]
}

/** The container's last reported status. */
export function reportedStatus(pod: Pod, name: string): ContainerStatus | undefined {
  const { status } = pod
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])].find(
    (each) => each.name === name,
  )
}

/** The newest incarnation that there was; undefined when the engine knows it no more, though it may know of one before it. */
export function latest(pod: Pod, observed: PodState, name: string): ContainerState | undefined {
  const seen = newest(observed, name)
  const reported = reportedStatus(pod, name)
  return seen && reported && hasRun(reported) && reported.restartCount > seen.attempt ? undefined : seen
}

/** It ran before, by its last report, but the engine knows it no more. */
export function vanished(pod: Pod, observed: PodState, name: string): boolean {
  return latest(pod, observed, name) === undefined && hasRun(reportedStatus(pod, name))
}

/** One that was only ever created never ran. */
const hasRun = (reported: ContainerStatus | undefined): boolean =>
  Boolean(reported?.containerID && (reported.state?.running || reported.state?.terminated || reported.lastState?.terminated || reported.restartCount > 0))

/** The newest incarnation, when it was made in another sandbox than this and never ran there: a sandbox may go while a start is tried in it, and that is no run. */
export function unbegunElsewhere(pod: Pod, observed: PodState, name: string): ContainerState | undefined {
  const last = newest(observed, name)
  if (!last || last.sandboxId === usableSandbox(pod, observed)?.id || !(last.state === 'created' || last.neverBegan)) return undefined
  // Counts that were told of a later one never go back.
  return nextAttempt(pod, observed, name) === last.attempt + 1 ? last : undefined
}

/** Sandboxes that the engine has no more, though containers made in them still run: removed by another's hand. What is in them must end before others take its place. */
export function vanishedSandboxes(observed: PodState): readonly SandboxId[] {
  const known = new Set(observed.sandboxes.map(({ id }) => id))
  return [...new Set(observed.containers.filter((each) => isAlive(each) && each.sandboxId !== '' && !known.has(each.sandboxId)).map((each) => each.sandboxId))]
}

/** The number of the next incarnation: never one that was used, so that counts never go back. */
export function nextAttempt(pod: Pod, observed: PodState, name: string): number {
  const seen = newest(observed, name)
  const reported = reportedStatus(pod, name)
  const fromReport = reported && hasRun(reported) ? reported.restartCount + 1 : 0
  return Math.max(seen ? seen.attempt + 1 : 0, fromReport)
}
