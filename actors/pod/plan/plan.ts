import { own } from '../../../src/base/own.ts'
import type { ContainerState, SandboxState } from '../../../src/engine/engine.ts'
import type { Container } from '../../../src/kube/objects.ts'
import { secondsOf } from '../../../src/kube/seconds.ts'
import { initEndedWell } from './exits.ts'
import { isAlive, latest, newest, nextAttempt, reportedStatus, unbegunElsewhere, usableSandbox, vanished, vanishedSandboxes } from './incarnations.ts'
import { isDeleted, isReclaimed } from './leaving.ts'
import { deadlineOf, outcome } from './outcome.ts'
import { isStarted, killFor } from './probe-kills.ts'
import { resizeFor } from './resize.ts'
import { backoffFor, definitionChanged, finalExit, isSidecar } from './restart.ts'
import type { Action, ContainerRole, PlanInput, PlanResult } from './types.ts'

/** What is to be done now for the pod to become as it is wanted, and when to look again unasked. Pure: the same input, the same plan. */
export function plan(input: PlanInput): PlanResult {
  const { pod, observed, memory, now } = input
  if (isDeleted(pod, memory)) return terminate(input, 'deleted', true)
  const ended = outcome(pod, observed, memory, now)
  if (ended)
    return terminate(
      input,
      ended.cause === 'evicted' || ended.cause === 'rejected' ? 'evicted' : ended.cause === 'deadline' ? 'deadline' : 'completed',
      isReclaimed(memory),
    )
  const { actions, wakes } = new Planner(input).plan()
  const deadline = deadlineOf(pod, memory)
  if (deadline !== undefined) wakes.push(deadline)
  return wakes.length > 0 ? { actions, wakeAt: Math.min(...wakes) } : { actions }
}

/** Stop what runs; when nothing does, clean up. */
function terminate({ pod, observed, memory }: PlanInput, reason: Extract<Action, { type: 'TerminatePod' }>['reason'], removeContainers: boolean): PlanResult {
  const own = secondsOf(pod.spec?.terminationGracePeriodSeconds ?? 30)
  const deletion = reason === 'deleted' ? secondsOf(pod.metadata?.deletionGracePeriodSeconds ?? own) : own
  // A pod that is being deleted already may still be in the node's way: its end only ever comes nearer.
  const eviction = memory.eviction?.graceSeconds ?? Number.POSITIVE_INFINITY
  const asked = reason === 'evicted' ? (memory.eviction?.graceSeconds ?? own) : Math.min(deletion, eviction)
  // kubelet 1.32: "no matter what, we always supply a grace period of 1"; a preStop runs so long.
  const graceSeconds = Math.max(1, asked)
  if (observed.containers.some(isAlive)) return { actions: [{ type: 'TerminatePod', graceSeconds, reason }] }
  const inEngine = removeContainers ? observed.containers.length + observed.sandboxes.length > 0 : observed.sandboxes.some((sandbox) => sandbox.ready)
  // A deletion's own clean-up needs no plan.
  const left = inEngine || (reason !== 'deleted' && (memory.volumesMounted || !memory.cleaning))
  return { actions: left ? [{ type: 'CleanUp', removeContainers }] : [] }
}

class Planner {
  readonly #input: PlanInput
  readonly #actions: Action[] = []
  readonly wakes: number[] = []

  constructor(input: PlanInput) {
    this.#input = input
  }

  plan(): { actions: readonly Action[]; wakes: number[] } {
    if (!this.#input.memory.volumesMounted) return { actions: [{ type: 'PrepareVolumes' }], wakes: [] }
    const sandbox = this.#sandbox()
    if (sandbox) {
      this.#ephemeral(sandbox)
      this.#removeOld()
      this.#removeOldSandboxes(sandbox)
      if (this.#init(sandbox)) this.#main(sandbox)
    }
    return { actions: this.#actions, wakes: this.wakes }
  }

  /** The sandbox to run in; else what must be done to have one. */
  #sandbox(): SandboxState | undefined {
    const { pod, observed } = this.#input
    const usable = usableSandbox(pod, observed)
    const stale = observed.sandboxes.filter(
      (each) => each.id !== usable?.id && (each.ready || observed.containers.some((container) => container.sandboxId === each.id && isAlive(container))),
    )
    const gone = [...stale.map(({ id }) => id), ...vanishedSandboxes(observed)]
    for (const id of gone) this.#actions.push({ type: 'KillSandbox', id })
    if (usable || gone.length > 0) return gone.length > 0 ? undefined : usable
    const attempt = observed.sandboxes.reduce((most, each) => Math.max(most, each.attempt + 1), 0)
    this.#actions.push({ type: 'CreateSandbox', attempt, reason: attempt === 0 ? 'first' : 'changed' })
    return undefined
  }

  /** Starts what init containers need; true when the main ones may start. */
  #init(sandbox: SandboxState): boolean {
    const { pod, memory } = this.#input
    const containers = pod.spec?.initContainers ?? []
    const passed = this.#furthest(sandbox)
    for (const [index, container] of containers.entries()) {
      const state = this.#inSandbox(container, sandbox)
      // What a later one has begun after is over, whatever the engine has forgotten of it since; sidecars alone are kept running.
      const over = index < passed
      if (isSidecar(container)) {
        this.#keepRunning(container, 'init', state)
        if (!over && !isStarted(container, state, memory)) return false
      } else if (!over && !(state && initEndedWell(pod, state, memory))) {
        if (state?.state === 'unknown') this.#keepRunning(container, 'init', state)
        else if (state?.state !== 'running') this.#startOrWait(container, 'init', state)
        return false
      }
    }
    return true
  }

  /** How many init containers something later in this sandbox has begun after: all, once a main container was made in it. */
  #furthest(sandbox: SandboxState): number {
    const { pod, observed } = this.#input
    const inits = pod.spec?.initContainers ?? []
    const made = ({ name }: Container) => observed.containers.some((each) => each.name === name && each.sandboxId === sandbox.id)
    return (pod.spec?.containers ?? []).some(made) ? inits.length : Math.max(0, inits.findLastIndex(made))
  }

  #main(sandbox: SandboxState): void {
    const { pod, observed, memory } = this.#input
    for (const container of pod.spec?.containers ?? []) {
      if (finalExit(pod, observed, container, memory) !== undefined) continue
      // One that ended well in an earlier sandbox was counted above; one that must go on starts over in this one.
      this.#keepRunning(container, 'main', this.#inSandbox(container, sandbox) ?? deadElsewhere(latest(pod, observed, container.name)))
    }
  }

  /** Started once, whatever else the pod does (KEP-277). */
  #ephemeral(sandbox: SandboxState): void {
    const { pod, observed } = this.#input
    for (const container of pod.spec?.ephemeralContainers ?? []) {
      const state = latest(pod, observed, container.name)
      if ((state && state.state !== 'created') || vanished(pod, observed, container.name)) continue
      // What was made for a sandbox that is gone cannot be started in another.
      this.#start(container.name, 'ephemeral', state?.sandboxId === sandbox.id ? state.attempt : nextAttempt(pod, observed, container.name))
    }
  }

  #keepRunning(container: Container, role: ContainerRole, state: ContainerState | undefined): void {
    if (!state || !isAlive(state)) return this.#startOrWait(container, role, state)
    const kill = killFor(this.#input.pod, container, state, this.#input.memory)
    const resize = kill || role !== 'main' ? undefined : resizeFor(this.#input.pod, container, state, this.#input.desired)
    if (kill ?? resize) this.#actions.push((kill ?? resize) as Action)
  }

  #startOrWait(container: Container, role: ContainerRole, state: ContainerState | undefined): void {
    const { pod, observed, memory, now } = this.#input
    const { name } = container
    const made = state?.state === 'created' && !definitionChanged(container, state)
    // Made of an older definition: its place is taken by a new one.
    if (state?.state === 'created' && !made) this.#actions.push({ type: 'RemoveContainer', id: state.id })
    const hasRun = !made && (state !== undefined || reportedStatus(pod, name)?.containerID !== undefined)
    const backoff = hasRun ? backoffFor(container, own(memory.restartBackoff, name)) : undefined
    const waits = [backoff?.until, own(memory.imageBackoff, name)?.until].filter((until) => until !== undefined && until > now)
    const unbegun = unbegunElsewhere(pod, observed, name)
    if (waits.length > 0) this.wakes.push(...(waits as number[]))
    else if (unbegun) this.#actions.push({ type: 'StartContainer', name, role, attempt: unbegun.attempt, replaces: unbegun.id })
    else this.#start(name, role, made ? state.attempt : nextAttempt(pod, observed, name))
  }

  #start(name: string, role: ContainerRole, attempt: number): void {
    this.#actions.push({ type: 'StartContainer', name, role, attempt })
  }

  #inSandbox(container: Container, sandbox: SandboxState): ContainerState | undefined {
    const state = latest(this.#input.pod, this.#input.observed, container.name)
    return state?.sandboxId === sandbox.id ? state : undefined
  }

  /** One dead incarnation of each container is kept beside the newest. */
  #removeOld(): void {
    const { observed } = this.#input
    for (const name of new Set(observed.containers.map((container) => container.name))) {
      const last = newest(observed, name)
      const before = observed.containers.filter((each) => each.name === name && each.id !== last?.id).sort((a, b) => b.attempt - a.attempt)
      const kept = last?.state === 'exited' && !last.neverBegan ? last : before.find((each) => each.state === 'exited')
      for (const each of before) if (each.id !== kept?.id && !isAlive(each)) this.#actions.push({ type: 'RemoveContainer', id: each.id })
    }
  }

  /** kubelet's garbage collection: a dead sandbox goes once nothing is left in it. */
  #removeOldSandboxes(current: SandboxState): void {
    const { observed } = this.#input
    for (const { id, ready } of observed.sandboxes) {
      if (id === current.id || ready || observed.containers.some((container) => container.sandboxId === id)) continue
      this.#actions.push({ type: 'RemoveSandbox', id })
    }
  }
}

/** A dead incarnation counts for backoff and policy wherever it ran; a living one elsewhere is the sandbox's to kill. */
const deadElsewhere = (state: ContainerState | undefined): ContainerState | undefined =>
  state && state.state !== 'created' && state.state !== 'running' ? state : undefined
