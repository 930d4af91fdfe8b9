import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import Docker from 'dockerode'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { createCriEngine } from '../../src/engine/cri/cri-engine.ts'
import type { ContainerEngine, ContainerState } from '../../src/engine/engine.ts'
import type { LinuxResources } from '../../src/engine/settings.ts'
import { startContainerd, type TestContainerd } from './containerd.ts'
import { testDockerSocket } from './test-docker.ts'

/** A container of a pod, or its sandbox, whose name is `POD`. */
export interface RuntimeRow {
  readonly id: string
  readonly uid: string
  readonly name: string
  readonly isSandbox: boolean
  readonly runs: boolean
}

/** What tests do to containers behind the agent's back, and what they look at there, on any engine. */
export interface NodeRuntime extends AsyncDisposable {
  readonly kind: 'docker' | 'containerd'
  /** For what only Docker has. */
  readonly docker: Docker | undefined
  /** With which `podsteward` uses it. */
  readonly flags: readonly string[]
  /** Of all pods of that name, newest first. */
  rows(pod: string): Promise<readonly RuntimeRow[]>
  kill(id: string): Promise<void>
  remove(id: string): Promise<void>
  resources(id: string): Promise<LinuxResources>
  /** The container's first process on this machine. */
  pid(id: string): Promise<number>
  /** What it wrote, until it ends. */
  logs(id: string): Promise<string>
  exec(id: string, command: readonly string[]): Promise<{ readonly code: number; readonly output: string }>
  /** Another name for an image. */
  tag(image: string, name: string): Promise<void>
}

let containerd: Promise<ContainerdRuntime> | undefined
let wanted: NodeRuntime['kind'] = 'docker'

/** From now on this process's tests run on a containerd of their own. */
export function onContainerd(): void {
  wanted = 'containerd'
}

/** The engine of the tests in this process. Disposing of it is the process's own affair. */
export async function nodeRuntime(): Promise<NodeRuntime> {
  if (wanted === 'docker') return new DockerRuntime()
  containerd ??= ContainerdRuntime.start()
  return containerd
}

/** What `nodeRuntime` started. */
export async function stopRuntime(): Promise<void> {
  await (await containerd)?.[Symbol.asyncDispose]()
  containerd = undefined
}

class DockerRuntime implements NodeRuntime {
  readonly kind = 'docker'
  readonly flags = ['--docker-endpoint', `unix://${testDockerSocket()}`]
  readonly docker = new Docker({ socketPath: testDockerSocket() })

  async rows(pod: string): Promise<RuntimeRow[]> {
    const rows = await this.docker.listContainers({ all: true, filters: { label: [`io.kubernetes.pod.name=${pod}`] } })
    return rows.map(({ Id, State, Labels }) => ({
      id: Id,
      uid: Labels['io.kubernetes.pod.uid'] ?? '',
      name: Labels['io.kubernetes.container.name'] ?? '',
      isSandbox: Labels['io.kubernetes.docker.type'] === 'podsandbox',
      runs: State === 'running',
    }))
  }

  kill = async (id: string): Promise<void> => void (await this.docker.getContainer(id).kill())
  remove = async (id: string): Promise<void> => void (await this.docker.getContainer(id).remove({ force: true }))
  pid = async (id: string): Promise<number> => (await this.docker.getContainer(id).inspect()).State.Pid

  async resources(id: string): Promise<LinuxResources> {
    const { CpuShares, CpuQuota, CpuPeriod, Memory } = (await this.docker.getContainer(id).inspect()).HostConfig
    return { cpuShares: CpuShares, cpuQuota: CpuQuota, cpuPeriod: CpuPeriod, memoryLimitBytes: Memory }
  }

  async logs(id: string): Promise<string> {
    const stream = await this.docker.getContainer(id).logs({ stdout: true, stderr: true, follow: true })
    return this.#text(stream)
  }

  async exec(id: string, command: readonly string[]): Promise<{ code: number; output: string }> {
    const exec = await this.docker.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true })
    const output = await this.#text(await exec.start({ hijack: true, stdin: false }))
    return { code: (await exec.inspect()).ExitCode ?? -1, output }
  }

  async tag(image: string, name: string): Promise<void> {
    const [repo = '', tag = ''] = name.split(':')
    await this.docker.getImage(image).tag({ repo, tag })
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #text(stream: NodeJS.ReadableStream): Promise<string> {
    const out = new PassThrough()
    const chunks: Buffer[] = []
    out.on('data', (chunk: Buffer) => chunks.push(chunk))
    this.docker.modem.demuxStream(stream, out, out)
    await new Promise((resolve) => stream.once('end', resolve))
    return Buffer.concat(chunks).toString()
  }
}

/** Looked at through our own engine: CRI has no other client here. What is done to containers goes by containerd's own. */
class ContainerdRuntime implements NodeRuntime {
  readonly kind = 'containerd'
  readonly docker = undefined
  readonly flags: readonly string[]
  readonly #daemon: TestContainerd
  readonly #engine: ContainerEngine
  readonly #root: string

  private constructor(root: string, daemon: TestContainerd) {
    this.#root = root
    this.#daemon = daemon
    this.flags = ['--container-runtime-endpoint', daemon.endpoint]
    this.#engine = createCriEngine({ endpoint: daemon.endpoint, clock: systemClock, log: silentLogger })
  }

  static async start(): Promise<ContainerdRuntime> {
    const root = await mkdtemp(join(tmpdir(), 'podsteward-containerd-'))
    return new ContainerdRuntime(root, await startContainerd({ root }))
  }

  async rows(pod: string): Promise<RuntimeRow[]> {
    const states = await Promise.all((await this.#engine.listPods()).filter((row) => row.pod.name === pod).map((row) => this.#engine.podState(row.pod.uid)))
    const rows = states.flatMap(({ sandboxes, containers }) => [
      ...sandboxes.map(({ id, pod: { uid }, ready, createdAt }) => ({ id, uid, name: 'POD', isSandbox: true, runs: ready, createdAt })),
      ...containers.map(({ id, pod: { uid }, name, state, createdAt }) => ({ id, uid, name, isSandbox: false, runs: state === 'running', createdAt })),
    ])
    return rows.sort((a, b) => b.createdAt - a.createdAt)
  }

  kill = async (id: string): Promise<void> => void (await this.#daemon.ctr('task', 'kill', '--signal', 'SIGKILL', id))
  remove = async (id: string): Promise<void> => this.#engine.removeContainer(id as ContainerState['id'])
  pid = async (id: string): Promise<number> => (await this.#state(id)).pid
  resources = async (id: string): Promise<LinuxResources> => (await this.#state(id)).resources

  async logs(id: string): Promise<string> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.#engine.logs(id as ContainerState['id'], { follow: true })) pieces.push(piece)
    return Buffer.concat(pieces).toString()
  }

  async exec(id: string, command: readonly string[]): Promise<{ code: number; output: string }> {
    const { exitCode, stdout, stderr } = await this.#engine.exec(id as ContainerState['id'], command, { maxOutputBytes: 2 ** 24 })
    return { code: exitCode, output: stdout + stderr }
  }

  tag = async (image: string, name: string): Promise<void> => void (await this.#daemon.ctr('images', 'tag', image, name))

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]()
    await this.#daemon[Symbol.asyncDispose]()
    await rm(this.#root, { recursive: true, force: true })
  }

  async #state(id: string): Promise<ContainerState> {
    for (const { pod, running } of await this.#engine.listPods())
      if (running.some((each) => each === id)) {
        const found = (await this.#engine.podState(pod.uid)).containers.find((each) => each.id === id)
        if (found) return found
      }
    throw new Error(`container ${id} does not run`)
  }
}
