import { share } from '../../base/share.ts'
import type { PodUid } from '../../kube/ids.ts'
import {
  type ContainerConfig,
  type ContainerId,
  EngineError,
  type PodIdentity,
  type PodState,
  type PodSummary,
  type SandboxConfig,
  type SandboxId,
  type SandboxState,
} from '../engine.ts'
import type { ImageState } from '../image.ts'
import { SimulatedContainer } from './container.ts'
import type { SimulatedImages } from './images.ts'
import type { PodSettings } from './pod-settings.ts'
import { SimulatedSandbox } from './sandbox.ts'
import type { World } from './world.ts'

/** All that the engine holds of one pod. */
interface PodRecord {
  readonly pod: PodIdentity
  /** In order of creation. Replaced at a change: a list that grows in place takes room for a dozen more. */
  sandboxes: readonly SimulatedSandbox[]
  containers: readonly SimulatedContainer[]
  /** Moves at every change. */
  version: number
}

/** The pods of a simulated engine, by their uid. */
export class SimulatedPods {
  readonly #world: World
  readonly #images: SimulatedImages
  readonly #settings: PodSettings
  readonly #pods = new Map<PodUid, PodRecord>()
  readonly #sandboxes = new Map<SandboxId, SimulatedSandbox>()
  readonly #containers = new Map<ContainerId, SimulatedContainer>()
  #version = 0
  /** The last of each: the next is mostly like it, and what they have in common is held once. */
  #likeContainer: ContainerConfig | undefined
  #likeSandbox: SandboxConfig | undefined

  constructor(world: World, images: SimulatedImages, settings: PodSettings) {
    this.#world = world
    this.#images = images
    this.#settings = settings
  }

  async runSandbox(config: SandboxConfig, signal: AbortSignal): Promise<SandboxState> {
    signal.throwIfAborted()
    const record = this.#record(config.pod)
    const sandbox = record.sandboxes.find((each) => each.config.attempt === config.attempt) ?? this.#addSandbox(record, config)
    try {
      await sandbox.start(signal)
    } catch (error) {
      // Removed, so that the same attempt can be tried again.
      this.removeSandbox(sandbox.id)
      throw error
    }
    return sandbox.state()
  }

  createContainer(sandboxId: SandboxId, config: ContainerConfig): ContainerId {
    const sandbox = this.#sandboxes.get(sandboxId)
    if (!sandbox) throw new EngineError('not-found', `cannot create container ${config.name}: there is no sandbox ${sandboxId}`)
    const record = this.#record(config.pod)
    const same = record.containers.find((each) => each.config.name === config.name && each.config.attempt === config.attempt)
    if (same) return same.id
    const image = this.#images.state(config.image)
    if (!image) throw new EngineError('image-not-found', `cannot create container ${config.name}: No such image: ${config.image}`)
    const settings = this.#settings.of(sandbox.config, config.name, [...config.command, ...config.args])
    this.#likeContainer = share(this.#likeContainer, { ...config })
    const container = new SimulatedContainer(this.#world, sandbox, this.#likeContainer, settings, image)
    record.containers = [...record.containers, container]
    sandbox.containers = [...sandbox.containers, container]
    this.#containers.set(container.id, container)
    return container.id
  }

  removeContainer(id: ContainerId): void {
    const container = this.#containers.get(id)
    if (!container) return
    container.remove()
    this.#containers.delete(id)
    const { sandbox } = container
    sandbox.containers = sandbox.containers.filter((each) => each !== container)
    const record = this.#record(container.config.pod)
    record.containers = record.containers.filter((each) => each !== container)
    this.#forgetIfEmpty(record)
  }

  removeSandbox(id: SandboxId): void {
    const sandbox = this.#sandboxes.get(id)
    if (!sandbox) return
    for (const container of sandbox.containers) this.removeContainer(container.id)
    sandbox.remove()
    this.#sandboxes.delete(id)
    const record = this.#record(sandbox.config.pod)
    record.sandboxes = record.sandboxes.filter((each) => each !== sandbox)
    this.#forgetIfEmpty(record)
  }

  findSandbox(id: SandboxId): SimulatedSandbox | undefined {
    return this.#sandboxes.get(id)
  }

  findContainer(id: ContainerId): SimulatedContainer | undefined {
    return this.#containers.get(id)
  }

  containers(): Iterable<SimulatedContainer> {
    return this.#containers.values()
  }

  /** Throws `not-found`. */
  container(id: ContainerId): SimulatedContainer {
    const container = this.#containers.get(id)
    if (!container) throw new EngineError('not-found', `there is no container ${id}`)
    return container
  }

  /** Throws `not-found`. */
  newest(pod: { readonly namespace: string; readonly name: string }, name: string): SimulatedContainer {
    for (const record of this.#pods.values()) {
      if (record.pod.name !== pod.name || record.pod.namespace !== pod.namespace) continue
      const container = record.containers.findLast((each) => each.config.name === name)
      if (container) return container
    }
    throw new EngineError('not-found', `there is no container ${name} of pod ${pod.namespace}/${pod.name}`)
  }

  /** A pod that is there behaves otherwise from now on: what of it begins later goes by its settings as they are now. */
  readSettingsOf(pod: { readonly namespace: string; readonly name: string }): void {
    for (const record of this.#pods.values()) {
      if (record.pod.name !== pod.name || record.pod.namespace !== pod.namespace) continue
      for (const sandbox of record.sandboxes) sandbox.behave(this.#settings.of(sandbox.config))
      for (const container of record.containers) {
        const { name, command, args } = container.config
        container.behave(this.#settings.of(container.sandbox.config, name, [...command, ...args]))
      }
    }
  }

  /** The pod's newest. */
  sandbox(uid: PodUid): SimulatedSandbox | undefined {
    return this.#pods.get(uid)?.sandboxes.at(-1)
  }

  sandboxes(): Iterable<SimulatedSandbox> {
    return this.#sandboxes.values()
  }

  state(uid: PodUid): PodState {
    const record = this.#pods.get(uid)
    if (!record) return { sandboxes: [], containers: [] }
    const sandboxes = record.sandboxes.map((sandbox) => sandbox.state()).sort((a, b) => b.attempt - a.attempt)
    const containers = record.containers.map((container) => container.state())
    return { sandboxes, containers: containers.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : b.attempt - a.attempt)) }
  }

  list(): readonly PodSummary[] {
    return Array.from(this.#pods.values(), ({ pod, sandboxes, containers, version }) => ({
      pod,
      sandboxIds: sandboxes.map((sandbox) => sandbox.id).reverse(),
      running: containers
        .filter((container) => container.running)
        .map((container) => container.id)
        .reverse(),
      fingerprint: String(version),
    }))
  }

  /** One that is gone is fine. Throws `invalid` when a container uses it. */
  imagesInUse(): ReadonlySet<string> {
    return new Set(Array.from(this.#containers.values(), ({ image }) => image.id))
  }

  removeImage(id: string): void {
    const image: ImageState | undefined = this.#images.state(id)
    if (!image) return
    for (const container of this.#containers.values()) {
      if (container.image === image) throw new EngineError('invalid', `cannot remove image ${id}: container ${container.id} uses it`)
    }
    this.#images.remove(image)
  }

  #record(pod: PodIdentity): PodRecord {
    const known = this.#pods.get(pod.uid)
    if (known) return known
    const record: PodRecord = { pod, sandboxes: [], containers: [], version: 0 }
    this.#pods.set(pod.uid, record)
    return record
  }

  #addSandbox(record: PodRecord, config: SandboxConfig): SimulatedSandbox {
    try {
      const settings = this.#settings.of(config)
      this.#likeSandbox = share(this.#likeSandbox, { ...config })
      const sandbox = new SimulatedSandbox(this.#world, this.#likeSandbox, settings, () => {
        // Counted over all pods: one that comes again under its uid is not what it was.
        record.version = ++this.#version
      })
      record.sandboxes = [...record.sandboxes, sandbox]
      this.#sandboxes.set(sandbox.id, sandbox)
      return sandbox
    } finally {
      this.#forgetIfEmpty(record)
    }
  }

  #forgetIfEmpty(record: PodRecord): void {
    if (record.sandboxes.length === 0 && record.containers.length === 0) this.#pods.delete(record.pod.uid)
  }
}
