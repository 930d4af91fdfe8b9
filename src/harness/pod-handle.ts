import type { ApiBackend } from '../controlplane/apiserver/rest/backend.ts'
import type { SimulatedContainer } from '../engine/simulated/container.ts'
import type { ExecAnswer, ExecHandler } from '../engine/simulated/exec.ts'
import type { ProbeAnswer, WrittenSettings } from '../engine/simulated/settings.ts'
import type { SimulatedEngine } from '../engine/simulated/simulated-engine.ts'
import type { WrittenUsage } from '../engine/simulated/usage.ts'
import { copyJson } from '../json/copy.ts'
import type { ContainerStatus, Pod } from '../kube/objects.ts'

/** What handles of pods share. */
export interface PodWorld {
  /** Throws when that node's pods are not simulated. */
  readonly engineOf: (nodeName: string) => SimulatedEngine
  /** By way of the API server and the node. */
  readonly readLog: (pod: { readonly namespace: string; readonly name: string }, container: string, previous: boolean) => Promise<string>
  /** Tells all simulated engines. */
  readonly behave: (pod: { readonly namespace: string; readonly name: string }, settings: WrittenSettings, part?: string) => void
  /** Of containers, by `namespace/pod/container`. */
  readonly execs: Map<string, ExecHandler>
}

/** A pod of a cluster on simulated engines, by name. Its containers are looked up at each call, so that it stays good over restarts. */
export class PodHandle {
  readonly name: string
  readonly namespace: string
  readonly #backend: ApiBackend
  readonly #world: PodWorld

  constructor(backend: ApiBackend, namespace: string, name: string, world: PodWorld) {
    this.#backend = backend
    this.namespace = namespace
    this.name = name
    this.#world = world
  }

  /** As the API server has it now. Throws `KubeError` when it is not there. */
  async get(): Promise<Pod> {
    return copyJson(await this.#backend.get({ resource: 'pods', namespace: this.namespace, name: this.name })) as Pod
  }

  /**
   * It behaves so from now on, whether it is there already or not, in the words of the annotations: `{ 'start-delay': '5s', cpu: 'ramp(0,2,5m)' }`.
   * What begins later goes by it; what it uses changes now. It wins over annotations; undefined leaves a setting to them again.
   */
  behave(settings: WrittenSettings): void {
    this.#world.behave(this, settings)
  }

  /** What its httpGet, tcpSocket and grpc probes come to from now on, all or those of one port; undefined leaves that to its annotations again. */
  answerProbes(answer: ProbeAnswer | undefined, port?: number): void {
    this.#world.behave(this, { probe: answer }, port === undefined ? undefined : String(port))
  }

  async delete(graceSeconds?: number): Promise<void> {
    await this.#backend.delete({ resource: 'pods', namespace: this.namespace, name: this.name }, { gracePeriodSeconds: graceSeconds })
  }

  /** One of its containers; without a name, the first. */
  container(name?: string): ContainerHandle {
    return new ContainerHandle(this, name, this.#world)
  }
}

/** What a test does to a container, and asks it. Each throws `EngineError` of kind `not-found` when there is none. */
export class ContainerHandle {
  readonly #pod: PodHandle
  readonly #name: string | undefined
  readonly #world: PodWorld

  constructor(pod: PodHandle, name: string | undefined, world: PodWorld) {
    this.#pod = pod
    this.#name = name
    this.#world = world
  }

  /** As the pod's `behave`, for this container alone. */
  async behave(settings: WrittenSettings): Promise<void> {
    this.#world.behave(this.#pod, settings, await this.#called())
  }

  /**
   * What its exec comes to from now on, over restarts: of probes and hooks, of kubectl. One answer for all, or what a function makes of a command
   * (undefined leaves it to the settings); undefined leaves all to its annotations again.
   */
  async answerExec(answer: ExecAnswer | ((command: readonly string[]) => ExecAnswer | undefined) | undefined): Promise<void> {
    const key = `${this.#pod.namespace}/${this.#pod.name}/${await this.#called()}`
    if (answer === undefined) this.#world.execs.delete(key)
    else this.#world.execs.set(key, ({ command }) => (typeof answer === 'function' ? answer(command) : answer))
  }

  /** Its process ends by itself with this code. */
  async exit(code: number): Promise<void> {
    ;(await this.#container()).exit(code)
  }

  /** The kernel kills it for want of memory. */
  async oomKill(): Promise<void> {
    ;(await this.#container()).oomKill()
  }

  /**
   * It takes so much of its node from now on: cores, bytes, or over time in the words of the annotations (`{ cpu: 'sine(100m,900m,10m)' }`).
   * The node notices within 10 s, and may evict for it.
   */
  async use(usage: WrittenUsage): Promise<void> {
    ;(await this.#container()).use(usage)
  }

  /** It writes a line to its log. */
  async write(line: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    ;(await this.#container()).write(line, stream)
  }

  /** All that its newest incarnation wrote, or the one before: as `kubectl logs` has it, on Docker too. Throws when there is no such log. */
  async logs({ previous = false } = {}): Promise<string> {
    const text = await this.#world.readLog(this.#pod, await this.#called(), previous)
    return text.replace(/\n$/, '')
  }

  /** As the API server has it. */
  async status(): Promise<ContainerStatus | undefined> {
    const { status } = await this.#pod.get()
    return status?.containerStatuses?.find(({ name }) => this.#name === undefined || name === this.#name)
  }

  async #container(): Promise<SimulatedContainer> {
    const { spec } = await this.#pod.get()
    return this.#world.engineOf(spec?.nodeName ?? '').containerOf(this.#pod, this.#name ?? firstOf(spec))
  }

  async #called(): Promise<string> {
    return this.#name ?? firstOf((await this.#pod.get()).spec)
  }
}

const firstOf = (spec: Pod['spec']): string => spec?.containers?.[0]?.name ?? ''
