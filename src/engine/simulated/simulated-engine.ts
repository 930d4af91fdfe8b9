import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { PodUid } from '../../kube/ids.ts'
import {
  type ContainerConfig,
  type ContainerEngine,
  type ContainerId,
  EngineError,
  type EngineEvent,
  type EngineInfo,
  type EngineProblem,
  type ExecOptions,
  type ExecResult,
  type LogOptions,
  type PodIdentity,
  type PodState,
  type PodSummary,
  type SandboxConfig,
  type SandboxId,
  type SandboxState,
  type StreamOptions,
  type StreamSession,
} from '../engine.ts'
import type { ImageState, RegistryCredential } from '../image.ts'
import type { LinuxResources } from '../settings.ts'
import { AddressPool, rangeOfNode } from './address-pool.ts'
import type { SimulatedContainer } from './container.ts'
import { readLog } from './container-log.ts'
import { EventFeed } from './event-feed.ts'
import { type ExecHandler, simulatedExec } from './exec.ts'
import { SimulatedImages } from './images.ts'
import type { Traffic } from './meter.ts'
import { type ProbeHandler, type SimulatedNetwork, simulatedNetwork } from './network.ts'
import { Overrides, PodSettings } from './pod-settings.ts'
import { SimulatedPods } from './pods.ts'
import { type Profile, ProfiledSettings } from './profile.ts'
import { drawDelay, type Random, seededSources } from './random.ts'
import { attachSession, execSession } from './sessions.ts'
import { checkSettings, type WrittenSettings } from './settings.ts'
import type { Usage } from './usage.ts'
import { Numbers, type World } from './world.ts'

export interface SimulatedEngineOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Of ids and of what is drawn from spreads. Default 1. */
  readonly seed?: number
  /** What pods do that do not say otherwise, in the words of the annotations: `{ 'start-delay': '200ms-2s' }`. */
  readonly defaults?: WrittenSettings
  /** How the pods of the run behave; `seed` and `defaults` win over its own. */
  readonly profile?: Profile
  /** What a test says of single pods, where several engines share it. */
  readonly overrides?: Overrides
  /** Which of many nodes it is whose pods must not have each other's addresses. None: its pods have the whole range. */
  readonly nodeIndex?: number
}

/** Pods in memory. Throws `invalid` for defaults that cannot be read. */
export function createSimulatedEngine(options: SimulatedEngineOptions): SimulatedEngine {
  return new SimulatedEngine(options)
}

/**
 * The whole contract of an engine without a process: what pods do is said by their annotations (`settings.ts`), by the words of a
 * `simulated` command, and by the methods here that `ContainerEngine` does not have.
 */
export class SimulatedEngine implements ContainerEngine {
  readonly images: SimulatedImages
  /** How probes and hooks reach its pods, whose addresses no real socket reaches. */
  readonly network: SimulatedNetwork
  readonly #world: World
  readonly #pods: SimulatedPods
  readonly #settings: PodSettings
  readonly #overrides: Overrides
  readonly #closing = new AbortController()
  /** Of pulls for no pod. */
  readonly #pullRandom: Random
  #execHandler: ExecHandler | undefined
  #probeHandler: ProbeHandler | undefined

  constructor({ clock, profile = {}, seed = profile.seed ?? 1, defaults = {}, overrides = new Overrides(), nodeIndex }: SimulatedEngineOptions) {
    this.#overrides = overrides
    this.#settings = new PodSettings(new ProfiledSettings({ ...profile, defaults: { ...profile.defaults, ...defaults } }), overrides)
    this.images = new SimulatedImages(clock)
    this.#world = {
      clock,
      randomOf: seededSources(seed),
      feed: new EventFeed(clock),
      addresses: new AddressPool(nodeIndex === undefined ? {} : rangeOfNode(nodeIndex)),
      numbers: new Numbers(seed),
      spent: { cpuNanos: 0, receivedBytes: 0, sentBytes: 0 },
      closed: this.#closing.signal,
    }
    this.#pullRandom = this.#world.randomOf('pulls')
    this.#pods = new SimulatedPods(this.#world, this.images, this.#settings)
    this.network = simulatedNetwork(this.#world, this.#settings, (call) => this.#probeHandler?.(call))
  }

  /** A container to be told what happens to it. Throws `not-found`. */
  container(id: ContainerId): SimulatedContainer {
    return this.#pods.container(id)
  }

  /** The newest incarnation of a pod's container. Throws `not-found`. */
  containerOf(pod: { readonly namespace: string; readonly name: string }, container: string): SimulatedContainer {
    return this.#pods.newest(pod, container)
  }

  findContainer(id: ContainerId): SimulatedContainer | undefined {
    return this.#pods.findContainer(id)
  }

  /** What all of them take together; CPU since the engine was made, of those that have ended too. */
  usage(): Usage {
    const total = { cpuNanos: this.#world.spent.cpuNanos, memoryBytes: 0, diskBytes: 0, processes: 0 }
    for (const { usage } of this.#pods.containers()) {
      if (!usage) continue
      total.cpuNanos += usage.cpuNanos
      total.memoryBytes += usage.memoryBytes
      total.diskBytes += usage.diskBytes
      total.processes += usage.processes
    }
    return total
  }

  /** What has gone in and out of a pod; undefined when it was never made to have any traffic. */
  trafficOf(uid: PodUid): Traffic | undefined {
    return this.#pods.sandbox(uid)?.traffic
  }

  /** Of all pods since the engine was made. */
  traffic(): Traffic {
    let { receivedBytes, sentBytes } = this.#world.spent
    for (const { traffic } of this.#pods.sandboxes()) {
      receivedBytes += traffic?.receivedBytes ?? 0
      sentBytes += traffic?.sentBytes ?? 0
    }
    return { receivedBytes, sentBytes }
  }

  /**
   * A pod, or one of its containers, behaves so from now on, whether it is there already or not: what begins later (a pull, a start, a stop, a
   * command, a probe) goes by it, and what it uses changes now. It wins over annotations; undefined leaves a setting to them again.
   * Throws `invalid` for a setting that cannot be read.
   */
  behave(pod: { readonly namespace: string; readonly name: string }, written: WrittenSettings, container?: string): void {
    checkSettings(written)
    this.#overrides.say(pod, written, container)
    this.readSettingsOf(pod)
  }

  /** What is said of a pod has changed. */
  readSettingsOf(pod: { readonly namespace: string; readonly name: string }): void {
    this.#pods.readSettingsOf(pod)
  }

  /** Answers exec calls in all containers; undefined leaves them to the settings again. */
  setExecHandler(handler: ExecHandler | undefined): void {
    this.#execHandler = handler
  }

  /** Answers httpGet, tcpSocket and grpc probes of all pods; undefined leaves them to the settings again. */
  setProbeHandler(handler: ProbeHandler | undefined): void {
    this.#probeHandler = handler
  }

  /** The event streams miss what they have not read yet and say `resync`, as after a broken connection. */
  interruptEvents(): void {
    this.#world.feed.interrupt()
  }

  async info(): Promise<EngineInfo> {
    this.#open()
    return { name: 'simulated', version: '1.0.0', cgroupDriver: 'none', cgroupVersion: 2, userNamespaces: true, imageFsPath: '' }
  }

  async status(): Promise<readonly EngineProblem[]> {
    this.#open()
    return []
  }

  async runSandbox(config: SandboxConfig, signal?: AbortSignal): Promise<SandboxState> {
    this.#open()
    return this.#pods.runSandbox(config, this.#until(signal))
  }

  async stopSandbox(id: SandboxId): Promise<void> {
    this.#open()
    this.#pods.findSandbox(id)?.stop()
  }

  async removeSandbox(id: SandboxId): Promise<void> {
    this.#open()
    this.#pods.removeSandbox(id)
  }

  async createContainer(sandbox: SandboxId, config: ContainerConfig, signal?: AbortSignal): Promise<ContainerId> {
    this.#open()
    signal?.throwIfAborted()
    return this.#pods.createContainer(sandbox, config)
  }

  async startContainer(id: ContainerId): Promise<void> {
    this.#open()
    await this.container(id).start()
  }

  async stopContainer(id: ContainerId, graceSeconds: number): Promise<void> {
    this.#open()
    await this.#pods.findContainer(id)?.stop(graceSeconds)
  }

  async removeContainer(id: ContainerId): Promise<void> {
    this.#open()
    this.#pods.removeContainer(id)
  }

  async updateResources(id: ContainerId, resources: LinuxResources): Promise<void> {
    this.#open()
    this.container(id).update(resources)
  }

  async podState(uid: PodUid): Promise<PodState> {
    this.#open()
    return this.#pods.state(uid)
  }

  async listPods(): Promise<readonly PodSummary[]> {
    this.#open()
    return this.#pods.list()
  }

  events(signal: AbortSignal): AsyncIterable<EngineEvent> {
    this.#open()
    return this.#world.feed.subscribe(signal)
  }

  async exec(id: ContainerId, command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    this.#open()
    return simulatedExec(this.#world, this.container(id), this.#execHandler, command, options)
  }

  async execStream(id: ContainerId, command: readonly string[], options: StreamOptions): Promise<StreamSession> {
    this.#open()
    return execSession(this.#world, this.container(id), this.#execHandler, command, options)
  }

  async attach(id: ContainerId, options: StreamOptions): Promise<StreamSession> {
    this.#open()
    return attachSession(this.#world, this.container(id), options)
  }

  async *logs(id: ContainerId, options: LogOptions = {}): AsyncGenerator<Uint8Array> {
    this.#open()
    const container = this.container(id)
    yield* readLog(container.log, () => !container.running, this.#until(options.signal), options)
    this.#open()
  }

  async imageState(reference: string): Promise<ImageState | undefined> {
    this.#open()
    return this.images.state(reference)
  }

  async listImages(): Promise<readonly ImageState[]> {
    this.#open()
    return this.images.list()
  }

  async pullImage(reference: string, credential?: RegistryCredential, signal?: AbortSignal, pod?: PodIdentity): Promise<ImageState> {
    this.#open()
    const sandbox = pod && this.#pods.sandbox(pod.uid)
    const { pullDelay, pullError } = sandbox?.settings ?? this.#settings.defaults
    const delayMs = sandbox?.draw(pullDelay) ?? drawDelay(pullDelay, this.#pullRandom)
    return this.images.pull(reference, credential, { delayMs, error: pullError }, this.#until(signal))
  }

  async imagesInUse(): Promise<ReadonlySet<string>> {
    this.#open()
    return this.#pods.imagesInUse()
  }

  async removeImage(id: string): Promise<void> {
    this.#open()
    this.#pods.removeImage(id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new EngineError('unreachable', 'the engine client is closed'))
    this.#world.feed.close()
  }

  #open(): void {
    this.#closing.signal.throwIfAborted()
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal
  }
}
