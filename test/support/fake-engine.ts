import type { Clock } from '../../src/base/clock.ts'
import {
  type ContainerConfig,
  type ContainerEngine,
  type ContainerId,
  type ContainerState,
  EngineError,
  type EngineEvent,
  type EngineInfo,
  type EngineProblem,
  type ExecResult,
  type PodState,
  type SandboxConfig,
  type SandboxId,
  type SandboxState,
} from '../../src/engine/engine.ts'
import type { ImageState } from '../../src/engine/image.ts'
import type { LinuxResources } from '../../src/engine/settings.ts'
import type { PodUid } from '../../src/kube/ids.ts'

const image = (reference: string): ImageState => ({
  id: `sha256:${reference}`,
  repoTags: [reference],
  repoDigests: [],
  sizeBytes: 1234,
  createdAt: 0,
  user: '',
  entrypoint: [],
  command: [],
  workingDir: '',
})

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** An engine of a few maps for the tests of one part: what it is asked is written to `calls`, what fails is set by the test. */
export class FakeEngine implements ContainerEngine {
  readonly calls: string[] = []
  readonly sandboxes = new Map<SandboxId, Writable<SandboxState>>()
  readonly containers = new Map<ContainerId, Writable<ContainerState>>()
  readonly images = new Set<string>(['app:1'])
  /** By method name, or method name and container name: `createContainer/web`. Throws what is returned. */
  readonly failures = new Map<string, () => Error | undefined>()
  /** Called in the middle of a method; a promise holds it up. */
  readonly gates = new Map<string, (signal?: AbortSignal) => Promise<void>>()
  onEvent: (event: EngineEvent) => void = () => {}
  exec: ContainerEngine['exec'] = async (): Promise<ExecResult> => ({ exitCode: 0, stdout: '', stderr: '' })
  logText = ''
  /** Milliseconds a container takes to end after the stop signal. */
  stopDelayMs = 0
  readonly #clock: Clock
  #next = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async #do(method: string, subject = '', signal?: AbortSignal): Promise<void> {
    this.calls.push(subject ? `${method} ${subject}` : method)
    await (this.gates.get(`${method}/${subject}`) ?? this.gates.get(method))?.(signal)
    const failure = (this.failures.get(`${method}/${subject}`) ?? this.failures.get(method))?.()
    if (failure) throw failure
  }

  async info(): Promise<EngineInfo> {
    return { name: 'fake', version: '1', cgroupDriver: 'none', cgroupVersion: 2, imageFsPath: '' }
  }

  async status(): Promise<readonly EngineProblem[]> {
    await this.#do('status')
    return []
  }

  async runSandbox(config: SandboxConfig, signal?: AbortSignal): Promise<SandboxState> {
    await this.#do('runSandbox', '', signal)
    const id = `s${this.#next++}` as SandboxId
    const { pod, attempt, labels, annotations } = config
    const networkMode = config.namespaces.network
    const state = { id, pod, attempt, ready: true, createdAt: this.#clock.wall(), ips: ['10.1.0.1'], networkMode, pid: 1, labels, annotations }
    this.sandboxes.set(id, state)
    return state
  }

  async stopSandbox(id: SandboxId): Promise<void> {
    await this.#do('stopSandbox', id)
    const sandbox = this.sandboxes.get(id)
    if (sandbox) sandbox.ready = false
    for (const container of this.containers.values()) if (container.sandboxId === id && container.state === 'running') this.exit(container.name, 137)
  }

  async removeSandbox(id: SandboxId): Promise<void> {
    await this.#do('removeSandbox', id)
    this.sandboxes.delete(id)
  }

  async createContainer(sandboxId: SandboxId, config: ContainerConfig, signal?: AbortSignal): Promise<ContainerId> {
    await this.#do('createContainer', config.name, signal)
    const id = `${config.name}-${config.attempt}` as ContainerId
    if (this.containers.has(id)) return id
    const { pod, name, attempt, labels, annotations, mounts, resources, logPath } = config
    this.containers.set(id, {
      ...{ id, sandboxId, pod, name, attempt, labels, annotations, mounts, resources, logPath },
      ...{ state: 'created', createdAt: this.#clock.wall(), oomKilled: false, image: config.imageSpec, imageId: config.image, pid: 0 },
    })
    return id
  }

  async startContainer(id: ContainerId): Promise<void> {
    const container = this.containers.get(id)
    await this.#do('startContainer', container?.name)
    if (!container) throw new EngineError('not-found', `no container ${id}`)
    if (!this.sandboxes.get(container.sandboxId)?.ready) {
      const at = this.#clock.wall()
      Object.assign(container, { state: 'exited', startedAt: at, finishedAt: at, exitCode: 128, neverBegan: true })
      throw new EngineError('internal', 'cannot join network of a non running container')
    }
    Object.assign(container, { state: 'running', startedAt: this.#clock.wall(), pid: 2 })
  }

  async stopContainer(id: ContainerId, graceSeconds: number): Promise<void> {
    const container = this.containers.get(id)
    await this.#do('stopContainer', `${container?.name} ${graceSeconds}`)
    if (container?.state !== 'running') return
    const delay = Math.min(this.stopDelayMs, graceSeconds * 1000)
    if (delay > 0) await new Promise<void>((resolve) => this.#clock.setTimer(delay, resolve))
    if (container.state === 'running') this.exit(container.name, this.stopDelayMs > graceSeconds * 1000 ? 137 : 143)
  }

  async removeContainer(id: ContainerId): Promise<void> {
    await this.#do('removeContainer', id)
    this.containers.delete(id)
  }

  async updateResources(id: ContainerId, resources: LinuxResources): Promise<void> {
    const container = this.containers.get(id)
    await this.#do('updateResources', container?.name)
    if (container) container.resources = resources
  }

  async podState(uid: PodUid): Promise<PodState> {
    await this.#do('podState')
    const own = <T extends { pod: { uid: PodUid }; attempt: number }>(all: Iterable<T>) =>
      [...all].filter((each) => each.pod.uid === uid).sort((a, b) => b.attempt - a.attempt)
    return structuredClone({ sandboxes: own(this.sandboxes.values()), containers: own(this.containers.values()) })
  }

  async listPods() {
    await this.#do('listPods')
    return []
  }

  async *events(): AsyncIterable<EngineEvent> {}

  /** The running incarnation of a container ends by itself. */
  exit(name: string, exitCode: number): void {
    const container = [...this.containers.values()].find((each) => each.name === name && each.state === 'running')
    if (!container) throw new Error(`${name} does not run`)
    Object.assign(container, { state: 'exited', exitCode, finishedAt: this.#clock.wall(), pid: 0 })
    this.onEvent({ type: 'container', pod: container.pod, id: container.id, name, change: 'exited', at: this.#clock.wall() })
  }

  running(): string[] {
    return [...this.containers.values()].filter((each) => each.state === 'running').map((each) => each.id)
  }

  async execStream(): Promise<never> {
    throw new EngineError('invalid', 'no streams here')
  }

  async attach(): Promise<never> {
    throw new EngineError('invalid', 'no streams here')
  }

  async *logs(): AsyncIterable<Uint8Array> {
    yield Buffer.from(this.logText)
  }

  async imageState(reference: string): Promise<ImageState | undefined> {
    await this.#do('imageState')
    return this.images.has(reference) ? image(reference) : undefined
  }

  async imagesInUse(): Promise<ReadonlySet<string>> {
    return new Set()
  }

  async listImages(): Promise<readonly ImageState[]> {
    return [...this.images].map(image)
  }

  async pullImage(reference: string, credential: unknown, signal?: AbortSignal): Promise<ImageState> {
    await this.#do('pullImage', (credential as { username?: string } | undefined)?.username ?? '', signal)
    this.images.add(reference)
    return image(reference)
  }

  async removeImage(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
