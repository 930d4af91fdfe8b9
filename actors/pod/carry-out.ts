import { assertNever } from '../../src/base/assert-never.ts'
import { LazyMap } from '../../src/base/lazy-map.ts'
import { own } from '../../src/base/own.ts'
import { type ContainerEngine, type ContainerId, EngineError, type PodState, type SandboxState } from '../../src/engine/engine.ts'
import { secondsOf } from '../../src/kube/seconds.ts'
import { sandboxResources } from './container-config/sandbox-resources.ts'
import type { Jobs } from './jobs.ts'
import type { MemoryCell } from './memory.ts'
import { isAlive } from './plan/incarnations.ts'
import type { Action } from './plan/types.ts'
import type { NodeFacts } from './rules.ts'
import type { PodScope } from './scope.ts'
import { cleanUp } from './steps/cleanup.ts'
import { findContainer, startContainer } from './steps/containers.ts'
import type { KnownImage, StartAction } from './steps/create-container.ts'
import { makeDataDirectory } from './steps/data-directory.ts'
import { GraceDeadline } from './steps/grace.ts'
import { killContainer } from './steps/kill-container.ts'
import { boundPod } from './steps/pod-cgroup.ts'
import { createSandbox, tellSandboxChanged } from './steps/sandbox.ts'
import { terminateContainers } from './steps/termination.ts'
import { volumeSources } from './steps/volume-sources.ts'
import type { PodVolumes } from './steps/volumes.ts'

export interface CarryOutParts {
  readonly scope: PodScope
  readonly jobs: Jobs
  readonly memory: MemoryCell
  readonly volumes: PodVolumes
  /** The engine's state became other than what was last observed: of this sandbox or container, or nobody knows of what. */
  readonly touched: (id?: string) => void
  /** Like `touched`, but there is more to come: nothing needs to be looked at for this alone. */
  readonly expected: (id: string) => void
  readonly sandboxMade: (sandbox: SandboxState) => void
  /** Memory says something new that the status should show. */
  readonly changed: () => void
  /** The clean-up is about to remove what the last status was made from. */
  readonly onCleaned: (removedContainers: boolean) => void
}

/** The jobs that make something of a pod. */
const makers = ['start', 'volumes', 'sandbox'] as const

type Of<Type extends Action['type']> = Extract<Action, { type: Type }>

/**
 * Turns a plan into jobs. An action that changes what later ones build upon (volumes, sandbox, the end) is begun alone:
 * when it is done, the actor plans anew from what is then there.
 */
export class CarryOut {
  readonly #parts: CarryOutParts
  /** Wall-clock ms before which a container that failed to start is left alone. */
  readonly notBefore = new LazyMap<string, number>()
  readonly #images = new LazyMap<string, KnownImage>()
  readonly #resized = new LazyMap<ContainerId, string>()
  readonly #graces = new LazyMap<ContainerId, GraceDeadline>()
  readonly #swept = new Set<string>()
  #termination: GraceDeadline | undefined

  constructor(parts: CarryOutParts) {
    this.#parts = parts
  }

  carryOut(actions: readonly Action[], observed: PodState, facts: NodeFacts): void {
    const starts: StartAction[] = []
    for (const action of actions) {
      switch (action.type) {
        case 'PrepareVolumes':
          this.#prepareVolumes(facts)
          return
        case 'CreateSandbox':
          this.#createSandbox(action)
          return
        case 'KillSandbox':
          this.#killSandbox(action, observed, facts)
          return
        case 'TerminatePod':
          this.#terminate(action, observed, facts)
          return
        case 'CleanUp':
          this.cleanUp(observed, action.removeContainers)
          return
        case 'StartContainer':
          starts.push(action)
          break
        case 'KillContainer':
          this.#kill(action, observed, facts)
          break
        case 'UpdateResources':
          this.#updateResources(action, observed)
          break
        case 'RemoveContainer':
          this.#remove(action.id, (engine) => engine.removeContainer(action.id))
          break
        case 'RemoveSandbox':
          this.#remove(action.id, (engine) => engine.removeSandbox(action.id))
          break
        default:
          assertNever(action)
      }
    }
    this.#start(starts, observed, facts)
  }

  /** What a try that failed was waiting for has changed: the way is free. Pull backoffs stay. */
  retrySoon(): void {
    const { imageBackoff } = this.#parts.memory.value
    for (const name of this.notBefore.keys()) if (!own(imageBackoff, name)) this.notBefore.delete(name)
  }

  cleanUp(observed: PodState, removeContainers: boolean): void {
    if (!this.#quiet('cleanup')) return
    const { scope, jobs, memory, volumes, onCleaned, touched } = this.#parts
    memory.set({ cleaning: true })
    jobs.start('cleanup', async () => {
      volumes.forget()
      try {
        await cleanUp(scope, observed, volumes.unmountTimes, removeContainers)
      } finally {
        touched()
      }
      memory.set({ volumesMounted: false })
      onCleaned(removeContainers)
    })
  }

  /** Removes what the engine shows after the clean-up: of a call that was given up it may have made something late, or have shown less before. */
  sweep(observed: PodState): void {
    if (!this.#quiet('cleanup')) return
    const { scope, jobs, volumes, touched } = this.#parts
    jobs.start('cleanup', async () => {
      const still = [...observed.containers, ...observed.sandboxes].find(({ id }) => this.#swept.has(id))
      if (still) this.#swept.delete(still.id)
      if (still) throw new EngineError('internal', `the engine said that ${still.id} was removed, and has it still`)
      for (const { id } of [...observed.containers, ...observed.sandboxes]) this.#swept.add(id)
      try {
        await cleanUp(scope, observed, volumes.unmountTimes, true)
      } finally {
        touched()
      }
    })
  }

  /** Writes the volumes of these names anew. */
  refresh(names: readonly string[]): void {
    if (names.length === 0) return
    const { jobs, volumes } = this.#parts
    // Each change is a job of its own, in order: a refresh under way may have read the older object.
    if (!jobs.start(`refresh/${names.join(',')}`, () => volumes.refresh(names))) volumes.refreshSoon(names)
  }

  /** Ends what is being made for a pod that is not wanted any more. */
  interruptMakers(reason: string): void {
    for (const key of makers) this.#parts.jobs.interrupt(key, reason)
  }

  #prepareVolumes(facts: NodeFacts): void {
    const { scope, jobs, memory, volumes, changed } = this.#parts
    jobs.start('volumes', async (signal) => {
      makeDataDirectory(scope.paths)
      const sources = async () => volumeSources(scope, facts)
      const onFailure = (message: string) => {
        if (memory.value.volumeError === message) return
        memory.set({ volumeError: message })
        changed()
      }
      await volumes.mountAll(sources, onFailure, signal)
      memory.set({ volumesMounted: true, volumeError: undefined })
    })
  }

  #createSandbox(action: Of<'CreateSandbox'>): void {
    const { scope, jobs, memory, touched, sandboxMade } = this.#parts
    // What is being started is for one that is gone.
    jobs.interrupt('start', 'the sandbox is gone')
    jobs.start('sandbox', async (signal) => {
      try {
        const sandbox = await createSandbox(scope, action.attempt, signal)
        memory.set({ sandboxError: undefined })
        sandboxMade(sandbox)
      } catch (error) {
        memory.set({ sandboxError: error instanceof Error ? error.message : String(error) })
        touched()
        throw error
      }
    })
  }

  /** What still runs in it ends as at any other stop: with preStop and its grace. */
  #killSandbox(action: Of<'KillSandbox'>, observed: PodState, facts: NodeFacts): void {
    const { scope, jobs, touched } = this.#parts
    jobs.interrupt('start', 'the sandbox is gone')
    const running = observed.containers.filter((container) => container.sandboxId === action.id && isAlive(container))
    jobs.start('kill-sandbox', async (signal) => {
      const grace = new GraceDeadline(scope.environment.clock, secondsOf(scope.pod.spec?.terminationGracePeriodSeconds ?? 30))
      for (const { id } of running) this.#graces.set(id, grace)
      try {
        tellSandboxChanged(scope)
        await terminateContainers(scope, running, podIp(scope, observed, facts), grace, signal)
        await scope.environment.engine.stopSandbox(action.id)
      } finally {
        for (const { id } of running) this.#graces.delete(id)
        touched()
      }
    })
  }

  #start(actions: readonly StartAction[], observed: PodState, facts: NodeFacts): void {
    const { scope, jobs, memory, volumes, touched, expected, changed } = this.#parts
    const now = scope.environment.clock.wall()
    const due = actions.filter((action) => (this.notBefore.get(action.name) ?? 0) <= now)
    const sandbox = readySandbox(observed)
    if (due.length === 0 || !sandbox) return
    const running = new Map(observed.containers.filter(({ state }) => state === 'running').map(({ name, id }) => [name, id]))
    jobs.start('start', async (signal) => {
      for (const action of due) {
        signal.throwIfAborted()
        const tools = {
          scope,
          memory,
          sandbox,
          running,
          facts,
          volumes: volumes.mounted,
          notBefore: this.notBefore,
          images: this.#images,
          touched,
          expected,
          changed,
        }
        await startContainer(action, tools, signal)
      }
    })
  }

  #kill(action: Of<'KillContainer'>, observed: PodState, facts: NodeFacts): void {
    const { scope, jobs, memory, touched } = this.#parts
    const { id, name, runPreStop, message } = action
    memory.setRestarting(id)
    jobs.start(`kill/${id}`, async (signal) => {
      const grace = new GraceDeadline(scope.environment.clock, action.graceSeconds)
      this.#graces.set(id, grace)
      try {
        await killContainer(scope, { id, name, spec: findContainer(scope, name), ip: podIp(scope, observed, facts), runPreStop, message }, grace, signal)
      } finally {
        this.#graces.delete(id)
        touched(id)
      }
    })
  }

  /** Once for each wish: where the engine does not do as it is told, asking again and again would not help. */
  #updateResources(action: Of<'UpdateResources'>, observed: PodState): void {
    const { scope, jobs, touched } = this.#parts
    const { engine, config } = scope.environment
    const sandbox = readySandbox(observed)
    const { id, resources } = action
    const wish = JSON.stringify(resources)
    if (this.#resized.get(id) === wish) return
    jobs.start(`resize/${id}`, async () => {
      // The pod's bounds are the wider ones at every moment.
      if (sandbox) await engine.updateSandbox?.(sandbox.id, sandboxResources(scope.pod, config))
      await boundPod(scope, 'update', { widenOnly: true })
      await engine.updateResources(id, resources)
      await boundPod(scope, 'update')
      this.#resized.set(id, wish)
      touched(id)
    })
  }

  #remove(id: string, remove: (engine: ContainerEngine) => Promise<void>): void {
    const { scope, jobs, touched } = this.#parts
    jobs.start(`remove/${id}`, () => remove(scope.environment.engine).finally(() => touched(id)))
  }

  #terminate(action: Of<'TerminatePod'>, observed: PodState, facts: NodeFacts): void {
    const { scope, jobs, memory, touched } = this.#parts
    const { clock } = scope.environment
    const known = memory.value.termination
    if (!known || action.graceSeconds < known.graceSeconds) {
      memory.set({ termination: { startedAt: known?.startedAt ?? clock.wall(), graceSeconds: action.graceSeconds } })
      for (const grace of [this.#termination, ...this.#graces.values()]) grace?.shorten(action.graceSeconds)
    }
    this.#termination ??= new GraceDeadline(clock, action.graceSeconds)
    const deadline = this.#termination
    if (!this.#quiet('terminate')) return
    const alive = observed.containers.filter(isAlive)
    const running = alive.filter((container) => !jobs.has(`kill/${container.id}`))
    // What is being killed already is waited for: its end is the sidecars' turn.
    if (running.length < alive.length) return
    if (running.length === 0) return
    jobs.start('terminate', (signal) =>
      terminateContainers(scope, running, podIp(scope, observed, facts), deadline, signal).finally(() => {
        for (const { id } of running) touched(id)
      }),
    )
  }

  /** Ends what would make new things; true when none of it runs any more. */
  #quiet(reason: string): boolean {
    const { jobs } = this.#parts
    this.interruptMakers(reason)
    jobs.interrupt('kill-sandbox', reason)
    return makers.every((key) => !jobs.has(key)) && !jobs.has('kill-sandbox')
  }
}

export const readySandbox = (observed: PodState): SandboxState | undefined => observed.sandboxes.find((sandbox) => sandbox.ready)

/** Where the pod's ports are reached. */
export function podIp(scope: PodScope, observed: PodState, facts: NodeFacts): string | undefined {
  return scope.pod.spec?.hostNetwork ? facts.hostIps[0] : readySandbox(observed)?.ips[0]
}
