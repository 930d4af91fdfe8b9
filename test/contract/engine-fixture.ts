import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContainerConfig, ContainerEngine, ContainerId, ContainerState, PodIdentity, SandboxConfig, SandboxState } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import { waitUntil } from '../support/wait-until.ts'

const namespaces = { network: 'pod', pid: 'container', ipc: 'pod' } as const

/** A pod on an engine, removed with all that is in it at the end of the test. */
export class EnginePod implements AsyncDisposable {
  readonly engine: ContainerEngine
  readonly identity: PodIdentity
  readonly logDirectory: string
  readonly #image: string

  private constructor(engine: ContainerEngine, image: string, logDirectory: string) {
    this.engine = engine
    this.#image = image
    this.logDirectory = logDirectory
    this.identity = { uid: podUid(randomUUID()), name: 'contract', namespace: 'engine-tests' }
  }

  static async make(engine: ContainerEngine, image: string): Promise<EnginePod> {
    return new EnginePod(engine, image, await mkdtemp(join(tmpdir(), 'podsteward-engine-')))
  }

  sandboxConfig(changes: Partial<SandboxConfig> = {}): SandboxConfig {
    return {
      pod: this.identity,
      attempt: 0,
      labels: {},
      annotations: {},
      logDirectory: this.logDirectory,
      portMappings: [],
      namespaces,
      sysctls: {},
      resources: {},
      security: {},
      ...changes,
    }
  }

  /** A container that sleeps, unless changed. */
  containerConfig(changes: Partial<ContainerConfig> = {}): ContainerConfig {
    const { name = 'main', attempt = 0 } = changes
    return {
      logPath: join(this.logDirectory, name, `${attempt}.log`),
      pod: this.identity,
      name: 'main',
      attempt: 0,
      image: this.#image,
      imageSpec: this.#image,
      command: ['sleep', '600'],
      args: [],
      env: [],
      mounts: [],
      devices: [],
      labels: {},
      annotations: {},
      stdin: false,
      stdinOnce: false,
      tty: false,
      resources: {},
      security: {},
      namespaces,
      ...changes,
    }
  }

  runSandbox(changes: Partial<SandboxConfig> = {}): Promise<SandboxState> {
    return this.engine.runSandbox(this.sandboxConfig(changes))
  }

  /** Makes a sandbox unless there is one, and a container that is started. */
  async run(changes: Partial<ContainerConfig> = {}): Promise<ContainerId> {
    const sandbox = await this.runSandbox({ namespaces: changes.namespaces ?? namespaces })
    const id = await this.engine.createContainer(sandbox.id, this.containerConfig(changes))
    await this.engine.startContainer(id)
    return id
  }

  async container(id: ContainerId): Promise<ContainerState | undefined> {
    return (await this.engine.podState(this.identity.uid)).containers.find((state) => state.id === id)
  }

  /** The container's state once it has ended. */
  async ended(id: ContainerId): Promise<ContainerState> {
    const last = () => this.container(id)
    return waitUntil(
      `container ${id} to end`,
      async () => {
        const state = await last()
        return state?.state === 'exited' && state
      },
      { seen: last },
    )
  }

  /** Once the container has said `ready`. */
  async settled(id: ContainerId): Promise<void> {
    await waitUntil(`container ${id} to be ready`, async () => (await this.log(id)).includes('ready'))
  }

  async log(id: ContainerId, options: Parameters<ContainerEngine['logs']>[1] = {}): Promise<string> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.engine.logs(id, options)) pieces.push(piece)
    return Buffer.concat(pieces).toString()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { sandboxes, containers } = await this.engine.podState(this.identity.uid)
    for (const container of containers) await this.engine.removeContainer(container.id)
    for (const sandbox of sandboxes) await this.engine.removeSandbox(sandbox.id)
    await rm(this.logDirectory, { recursive: true, force: true })
  }
}
