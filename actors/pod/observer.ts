import { backoffDelay } from '../../src/base/backoff.ts'
import { own } from '../../src/base/own.ts'
import type { ContainerState, EngineEvent, PodState, SandboxState } from '../../src/engine/engine.ts'
import { stateFingerprint } from '../../src/engine/fingerprint.ts'
import { type MemoryCell, newestByName } from './memory.ts'
import { initEndedWell } from './plan/exits.ts'
import { isEnding } from './plan/outcome.ts'
import { isSidecar, restartPolicy } from './plan/restart.ts'
import { backoffAfterExit } from './restart-backoff.ts'
import type { PodScope } from './scope.ts'
import { findContainer, imageBackoffPolicy } from './steps/containers.ts'
import { readTerminationMessage } from './steps/termination-message.ts'

// So long ErrImagePull is shown before it turns into ImagePullBackOff.
const errorShownMs = 2_000

/**
 * The pod as the engine has it, asked for only when something made the last answer old,
 * and what follows from it for memory: last words, restart backoffs.
 */
export class Observer {
  readonly #scope: PodScope
  readonly #memory: MemoryCell
  #seenExits: readonly string[] = []
  /** Everything must be asked for: at first, unless there is nothing yet, and when anything may have been missed. */
  #stale: boolean
  /** Of these the answer is old; they may be new, or gone. */
  #changed: Set<string> | undefined
  /** Sandboxes that were made since. */
  #made: SandboxState[] = []
  #observed: PodState = { sandboxes: [], containers: [] }

  constructor(scope: PodScope, memory: MemoryCell, options: { readonly nothingYet: boolean }) {
    this.#scope = scope
    this.#memory = memory
    this.#stale = !options.nothingYet
  }

  /** The last answer is old: as a whole, or of one sandbox or container. */
  touch(id?: string): void {
    if (id === undefined) this.#stale = true
    else this.#age(id)
  }

  /** A new sandbox, as whoever made it saw it last: it need not be asked for. */
  tell(sandbox: SandboxState): void {
    // Something has happened to it since.
    if (this.#changed?.has(sandbox.id) || this.#observed.sandboxes.some(({ id }) => id === sandbox.id)) return
    this.#made.push(sandbox)
  }

  /**
   * What an event of the engine makes old. `making`: a sandbox or a container is being made, and who makes it tells of it,
   * so that a pod on its way up is not looked at again and again. Answers whether there is something to look at.
   */
  heed(event: EngineEvent, making: { readonly sandbox: boolean; readonly container: boolean }): boolean {
    if (event.type === 'resync') this.touch()
    // What another makes of this pod's name is seen by the relist.
    else if (event.change === 'created' || (event.change === 'started' && (making[event.type] || this.#runs(event.id)))) return false
    else this.#age(event.id)
    return true
  }

  /** Whether the engine's row of the pod says what is known already. */
  matches(fingerprint: string): boolean {
    return !this.#stale && !this.#changed && stateFingerprint(this.#observed) === fingerprint
  }

  async observe(): Promise<PodState> {
    while (this.#stale || this.#changed || this.#made.length > 0) {
      const { engine } = this.#scope.environment
      const [stale, changed] = [this.#stale, this.#changed]
      const known = { ...this.#observed, sandboxes: [...this.#made, ...this.#observed.sandboxes] }
      this.#stale = false
      this.#changed = undefined
      this.#made = []
      this.#observed = known
      try {
        if (stale) this.#observed = await engine.podState(this.#scope.uid)
        else if (changed) this.#observed = await engine.podState(this.#scope.uid, { state: known, changed })
      } catch (error) {
        this.#stale ||= stale
        for (const id of changed ?? []) this.#age(id)
        throw error
      }
      await this.#noteExits(this.#observed)
      this.#memory.forgetGone(this.#observed)
    }
    this.#turnPullErrors()
    return this.#observed
  }

  /** When a pull error becomes a backoff. */
  wakeAt(now: number): number | undefined {
    const turns = Object.entries(this.#memory.value.imageBackoff)
      .filter(([name]) => isPullError(own(this.#memory.value.waiting, name)?.reason))
      .map(([, backoff]) => this.#turnsAt(backoff))
      .filter((at) => at > now)
    return turns.length === 0 ? undefined : Math.min(...turns)
  }

  #age(id: string): void {
    this.#changed ??= new Set()
    this.#changed.add(id)
  }

  #runs(id: string): boolean {
    return (
      this.#observed.containers.some((state) => state.id === id && state.state === 'running') ||
      this.#observed.sandboxes.some((state) => state.id === id && state.ready)
    )
  }

  async #noteExits(observed: PodState): Promise<void> {
    const newest = newestByName(observed)
    const { spec } = this.#scope.pod
    const count = (spec?.containers?.length ?? 0) + (spec?.initContainers?.length ?? 0) + (spec?.ephemeralContainers?.length ?? 0)
    for (const state of observed.containers) {
      if (state.state !== 'exited' || this.#seenExits.includes(state.id)) continue
      this.#seenExits = [...this.#seenExits, state.id]
      const { engine } = this.#scope.environment
      const message = await readTerminationMessage(engine, this.#scope.paths, state, findContainer(this.#scope, state.name), count)
      if (message !== '') this.#memory.set({ terminationMessages: { ...this.#memory.value.terminationMessages, [state.id]: message } })
      // A start that was tried in a sandbox on its way out is no failure of the container's.
      const inVain = state.neverBegan && !observed.sandboxes.some(({ id, ready }) => id === state.sandboxId && ready)
      if (newest.get(state.name)?.id === state.id && !inVain) this.#backOff(state, observed)
    }
    if (this.#seenExits.length > 0) this.#seenExits = this.#seenExits.filter((id) => observed.containers.some((state) => state.id === id))
  }

  #backOff(exited: ContainerState, observed: PodState): void {
    const { namespace, name, uid, environment } = this.#scope
    const now = environment.clock.wall()
    // An end that is yet to come (a clock that jumped, nonsense of the engine's) would hold the restart up for as long.
    const ended = { ...exited, finishedAt: Math.min(exited.finishedAt ?? exited.createdAt, now) }
    const backoff = backoffAfterExit(ended, own(this.#memory.value.restartBackoff, exited.name), environment.config.maxContainerRestartPeriodMs)
    this.#memory.setRestartBackoff(exited.name, backoff)
    const { pod } = this.#scope
    const container = findContainer(this.#scope, exited.name)
    const ephemeral = pod.spec?.ephemeralContainers?.some((each) => each.name === exited.name)
    const init = pod.spec?.initContainers?.some((each) => each.name === exited.name)
    const policy = container && isSidecar(container) ? 'Always' : restartPolicy(pod)
    const willRestart =
      !ephemeral && (policy === 'Always' || (policy === 'OnFailure' && (init ? !initEndedWell(pod, exited, this.#memory.value) : exited.exitCode !== 0)))
    if (willRestart && backoff.until > now && !isEnding(pod, observed, this.#memory.value, now))
      this.#scope.event('Warning', 'BackOff', `Back-off restarting failed container ${exited.name} in pod ${name}_${namespace}(${uid})`, exited.name)
  }

  #turnPullErrors(): void {
    const now = this.#scope.environment.clock.wall()
    for (const [name, backoff] of Object.entries(this.#memory.value.imageBackoff)) {
      const waiting = own(this.#memory.value.waiting, name)
      if (!isPullError(waiting?.reason) || now < this.#turnsAt(backoff) || now >= backoff.until) continue
      const told = `Back-off pulling image "${findContainer(this.#scope, name)?.image}"`
      this.#memory.setWaiting(name, { reason: 'ImagePullBackOff', message: `${told}: ${waiting?.reason}: ${waiting?.message}` })
      this.#scope.event('Normal', 'BackOff', told, name)
      this.#scope.event('Warning', 'Failed', 'Error: ImagePullBackOff', name)
    }
  }

  #turnsAt(backoff: { failures: number; until: number }): number {
    return backoff.until - backoffDelay(imageBackoffPolicy, backoff.failures) + errorShownMs
  }
}

const isPullError = (reason: string | undefined) => reason === 'ErrImagePull'
