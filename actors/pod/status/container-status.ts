import { goDuration } from '../../../src/base/go-duration.ts'
import { own } from '../../../src/base/own.ts'
import type { ContainerState as EngineState, PodState } from '../../../src/engine/engine.ts'
import type { Container, ContainerState, ContainerStatus, Pod } from '../../../src/kube/objects.ts'
import { couldNotRun, initEndedWell, isOomKilled, reportedWell } from '../plan/exits.ts'
import { isAlive, latest, reportedStatus, vanished } from '../plan/incarnations.ts'
import { isStarted } from '../plan/probe-kills.ts'
import { definitionChanged, finalExit, isSidecar, restartPolicy } from '../plan/restart.ts'
import type { ContainerRole, PodMemory } from '../plan/types.ts'
import type { StatusInput } from '../rules.ts'
import { resizedContainer } from './resize-status.ts'
import { apiTime } from './times.ts'

type Terminated = NonNullable<ContainerState['terminated']>

/** What a container shows before anything of it was made. */
export interface Expectation {
  readonly role: ContainerRole
  /** `PodInitializing` while init containers have yet to finish, else `ContainerCreating`. */
  readonly waitingReason: 'PodInitializing' | 'ContainerCreating'
  /** The pod ends or has ended: nothing will be started any more. */
  readonly ending: boolean
  /** It was initialized and is over: what has not run never will. */
  readonly over: boolean
}

/** One container's status, from its incarnations, what the last try to make it said, and what was reported before. */
export function containerStatus(input: StatusInput, container: Container, expectation: Expectation): ContainerStatus {
  const { pod, observed, memory, engineName } = input
  const { name } = container
  const current = shown(pod, observed, name)
  const reported = reportedStatus(pod, name)
  const state = containerState(input, container, current, expectation)
  const started = isStarted(container, current, memory)
  const restartCount = Math.max(current?.attempt ?? 0, reported?.restartCount ?? 0)
  const mounts = container.volumeMounts ?? []
  return {
    name,
    state,
    lastState: lastState(input, container, current, state, engineName),
    ready: isReady(input, container, expectation.role, current, state),
    restartCount,
    image: current?.image || reported?.image || (container.image ?? ''),
    imageID: current?.imageId ?? reported?.imageID ?? '',
    ...(current || reported?.containerID ? { containerID: current ? `${engineName}://${current.id}` : reported?.containerID } : {}),
    ...(expectation.role === 'ephemeral' ? {} : { started }),
    ...(expectation.role === 'main' && current && isAlive(current) ? resizedContainer(container, current.resources, input.desired) : {}),
    // kubelet 1.36: as the runtime tells it; Docker's does not tell the groups that the image gives.
    ...(current?.user && engineName !== 'docker' ? { user: { linux: { ...current.user } } } : {}),
    ...(mounts.length > 0
      ? {
          volumeMounts: mounts.map((mount) => ({
            name: mount.name,
            mountPath: mount.mountPath,
            ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: isRecursive(current, mount.mountPath) ? 'Enabled' : 'Disabled' } : {}),
          })),
        }
      : {}),
  } as ContainerStatus
}

const isRecursive = (state: EngineState | undefined, path: string): boolean =>
  state?.mounts.find(({ containerPath }) => containerPath === path)?.recursiveReadOnly === true

/** The newest incarnation that was started: while the next is only made, the end of the one before is what there is to see. */
function shown(pod: Pod, observed: PodState, name: string): EngineState | undefined {
  const last = latest(pod, observed, name)
  if (last?.state !== 'created') return last
  const before = observed.containers.filter((each) => each.name === name && each.state !== 'created')
  return before.sort((a, b) => b.attempt - a.attempt)[0] ?? last
}

/** Main containers and sidecars are ready when they started and their probe says so, init containers when they are done, ephemeral ones never. */
function isReady({ memory }: StatusInput, container: Container, role: ContainerRole, current: EngineState | undefined, state: ContainerState): boolean {
  if (role === 'ephemeral') return false
  if (role === 'init' && !isSidecar(container)) return reportedWell(state)
  if (!current || !isStarted(container, current, memory)) return false
  return container.readinessProbe === undefined || memory.probes[current.id]?.readiness === true
}

function containerState(input: StatusInput, container: Container, current: EngineState | undefined, expectation: Expectation): ContainerState {
  const { pod, observed, memory, now, engineName } = input
  const { name } = container
  const waiting = own(memory.waiting, name)
  if (current?.state === 'running') return { running: { startedAt: apiTime(current.startedAt) } } as ContainerState
  if (current && (current.state === 'exited' || current.state === 'unknown')) {
    const ended = { terminated: terminated(pod, current, engineName, memory) }
    if (expectation.ending || !willRestart(input, container, current, expectation.role)) return ended
    // What kept the next try from starting, then the backoff that holds it; between the two the end is shown.
    if (waiting && waiting.reason !== 'PostStartHookError') return { waiting }
    const backoff = own(memory.restartBackoff, name)
    if (backoff && backoff.until > now && !definitionChanged(container, current))
      return { waiting: { reason: 'CrashLoopBackOff', message: backOffMessage(input, name, current, backoff.until) } }
    return ended
  }
  if (!current && vanished(pod, observed, name)) {
    const gone = vanishedState(input, name)
    const final = expectation.ending || (expectation.role === 'main' && finalExit(pod, observed, container, memory) !== undefined)
    // An end that was reported stands until something new is to be told of it.
    if (gone && (final || (reportedStatus(pod, name)?.state?.terminated && !waiting))) return { terminated: gone }
  }
  const before = reportedStatus(pod, name)?.state?.terminated
  if (expectation.over || (expectation.ending && before)) return { terminated: before ?? vanishedState(input, name) ?? neverRan }
  return { waiting: waiting ?? { reason: expectation.waitingReason } } as ContainerState
}

function willRestart({ pod, observed, memory }: StatusInput, container: Container, current: EngineState, role: ContainerRole): boolean {
  if (role === 'ephemeral') return false
  if (role === 'main') return finalExit(pod, observed, container, memory) === undefined
  if (isSidecar(container)) return true
  return !initEndedWell(pod, current, memory) && restartPolicy(pod) !== 'Never'
}

/** kubelet: "back-off 10s restarting failed container=c pod=p_ns(uid)". */
function backOffMessage({ pod }: StatusInput, name: string, current: EngineState, until: number): string {
  const { metadata } = pod
  const delay = Math.max(0, until - (current.finishedAt ?? until))
  return `back-off ${goDuration(Math.round(delay / 1000) * 1000)} restarting failed container=${name} pod=${metadata?.name}_${metadata?.namespace}(${metadata?.uid})`
}

/** How an incarnation ended, with the kubelet's reasons. */
export function terminated(pod: Pod, state: EngineState, engineName: string, memory: PodMemory): Terminated {
  const exitCode = state.exitCode ?? 137
  // dockershim: a start that failed is an end at the time of creation.
  const neverRan = couldNotRun(state)
  // A runtime's own word stands, as with a kubelet; Docker has none, and dockershim's are these.
  const dockershims = neverRan ? 'ContainerCannotRun' : exitCode === 0 ? 'Completed' : 'Error'
  const reason = isOomKilled(pod, state, memory) ? 'OOMKilled' : (state.reason ?? dockershims)
  const words = memory.terminationMessages[state.id] || (neverRan ? state.error : undefined)
  return {
    exitCode,
    reason,
    ...(state.signal ? { signal: state.signal } : {}),
    ...(words ? { message: words } : {}),
    startedAt: apiTime(state.startedAt ?? state.createdAt),
    finishedAt: apiTime(state.finishedAt ?? state.createdAt),
    containerID: `${engineName}://${state.id}`,
  } as Terminated
}

/** An incarnation that was reported running and is gone without a trace; one that was reported ended stays as it was. */
function vanishedState({ pod }: StatusInput, name: string): Terminated | undefined {
  const reported = reportedStatus(pod, name)
  if (reported?.state?.terminated) return reported.state.terminated
  if (!reported?.containerID) return undefined
  return {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
    containerID: reported.containerID,
  } as Terminated
}

/** kubelet 1.32, `TerminatePod`: nothing of a pod that is over waits. */
const neverRan = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
} as Terminated

/** The incarnation before: still with the engine, else as it was reported. */
function lastState(input: StatusInput, container: Container, current: EngineState | undefined, state: ContainerState, engineName: string): ContainerState {
  const { pod, observed, memory } = input
  const { name } = container
  const reported = reportedStatus(pod, name)
  if (!current) {
    if (state.terminated) return reported?.lastState ?? {}
    // One that was only made and is gone was never there.
    const gone = vanished(pod, observed, name) ? vanishedState(input, name) : undefined
    return gone ? { terminated: gone } : (reported?.lastState ?? {})
  }
  // The newest one's end is its last state as soon as the state shows that another is to come.
  if (current.state !== 'running' && current.state !== 'created' && state.waiting) return { terminated: terminated(pod, current, engineName, memory) }
  const before = observed.containers
    .filter((each) => each.name === name && each.attempt < current.attempt && each.state !== 'running')
    .sort((a, b) => b.attempt - a.attempt)[0]
  if (before) return { terminated: terminated(pod, before, engineName, memory) }
  if (current.attempt === 0) return {}
  if (reported?.containerID === `${engineName}://${current.id}`) return reported.lastState ?? {}
  return reported?.state?.terminated ? { terminated: reported.state.terminated } : (reported?.lastState ?? {})
}
