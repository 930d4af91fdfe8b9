import { backoffDelay } from '../../src/base/backoff.ts'
import type { ContainerState, PodState } from '../../src/engine/engine.ts'
import { type MemoryCell, newestByName } from './memory.ts'
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
  readonly #seenExits = new Set<string>()
  #stale = true
  #observed: PodState = { sandboxes: [], containers: [] }

  constructor(scope: PodScope, memory: MemoryCell) {
    this.#scope = scope
    this.#memory = memory
  }

  /** The last answer is old. */
  touch(): void {
    this.#stale = true
  }

  async observe(): Promise<PodState> {
    while (this.#stale) {
      this.#stale = false
      try {
        this.#observed = await this.#scope.environment.engine.podState(this.#scope.uid)
      } catch (error) {
        this.#stale = true
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
      .filter(([name]) => isPullError(this.#memory.value.waiting[name]?.reason))
      .map(([, backoff]) => this.#turnsAt(backoff))
      .filter((at) => at > now)
    return turns.length === 0 ? undefined : Math.min(...turns)
  }

  async #noteExits(observed: PodState): Promise<void> {
    const newest = newestByName(observed)
    const { spec } = this.#scope.pod
    const count = (spec?.containers?.length ?? 0) + (spec?.initContainers?.length ?? 0) + (spec?.ephemeralContainers?.length ?? 0)
    for (const state of observed.containers) {
      if (state.state !== 'exited' || this.#seenExits.has(state.id)) continue
      this.#seenExits.add(state.id)
      const { engine } = this.#scope.environment
      const message = await readTerminationMessage(engine, this.#scope.paths, state, findContainer(this.#scope, state.name), count)
      if (message !== '') this.#memory.set({ terminationMessages: { ...this.#memory.value.terminationMessages, [state.id]: message } })
      if (newest.get(state.name)?.id === state.id) this.#backOff(state)
    }
    for (const id of this.#seenExits) if (!observed.containers.some((state) => state.id === id)) this.#seenExits.delete(id)
  }

  #backOff(exited: ContainerState): void {
    const { namespace, name, uid } = this.#scope
    const backoff = backoffAfterExit(exited, this.#memory.value.restartBackoff[exited.name], this.#scope.environment.config.maxContainerRestartPeriodMs)
    this.#memory.setRestartBackoff(exited.name, backoff)
    const { pod } = this.#scope
    const container = findContainer(this.#scope, exited.name)
    const ephemeral = pod.spec?.ephemeralContainers?.some((each) => each.name === exited.name)
    const policy = container && isSidecar(container) ? 'Always' : restartPolicy(pod)
    const willRestart = !ephemeral && (policy === 'Always' || (policy === 'OnFailure' && exited.exitCode !== 0))
    if (willRestart && backoff.until > this.#scope.environment.clock.wall())
      this.#scope.event('Warning', 'BackOff', `Back-off restarting failed container ${exited.name} in pod ${name}_${namespace}(${uid})`, exited.name)
  }

  #turnPullErrors(): void {
    const now = this.#scope.environment.clock.wall()
    for (const [name, backoff] of Object.entries(this.#memory.value.imageBackoff)) {
      const waiting = this.#memory.value.waiting[name]
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

const isPullError = (reason: string | undefined) => reason === 'ErrImagePull' || reason === 'RegistryUnavailable'
