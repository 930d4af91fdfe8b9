import type { ApiBackend } from '../controlplane/rest/backend.ts'
import type { SimulatedContainer } from '../engine/simulated/container.ts'
import type { ProbeAnswer } from '../engine/simulated/settings.ts'
import type { SimulatedEngine } from '../engine/simulated/simulated-engine.ts'
import type { Usage } from '../engine/simulated/usage.ts'
import type { ContainerStatus, Pod } from '../kube/objects.ts'

/** What handles of pods share. */
export interface PodWorld {
  /** Throws when that node's pods are not simulated. */
  readonly engineOf: (nodeName: string) => SimulatedEngine
  /** By `namespace/name`. */
  readonly probes: Map<string, ProbeAnswer>
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
    return structuredClone(await this.#backend.get({ resource: 'pods', namespace: this.namespace, name: this.name })) as Pod
  }

  /** What its httpGet, tcpSocket and grpc probes come to from now on; undefined leaves that to its annotations again. */
  answerProbes(answer: ProbeAnswer | undefined): void {
    const key = `${this.namespace}/${this.name}`
    if (answer === undefined) this.#world.probes.delete(key)
    else this.#world.probes.set(key, answer)
  }

  async delete(graceSeconds?: number): Promise<void> {
    await this.#backend.delete({ resource: 'pods', namespace: this.namespace, name: this.name }, { gracePeriodSeconds: graceSeconds })
  }

  /** One of its containers; without a name, the first. */
  container(name?: string): ContainerHandle {
    return new ContainerHandle(this, name, async (pod) => {
      const container = name ?? pod.spec?.containers?.[0]?.name ?? ''
      return this.#world.engineOf(pod.spec?.nodeName ?? '').containerOf({ namespace: this.namespace, name: this.name }, container)
    })
  }
}

/** What a test does to a container, and asks it. Each throws `EngineError` of kind `not-found` when there is none. */
export class ContainerHandle {
  readonly #pod: PodHandle
  readonly #name: string | undefined
  readonly #find: (pod: Pod) => Promise<SimulatedContainer>

  constructor(pod: PodHandle, name: string | undefined, find: (pod: Pod) => Promise<SimulatedContainer>) {
    this.#pod = pod
    this.#name = name
    this.#find = find
  }

  /** Its process ends by itself with this code. */
  async exit(code: number): Promise<void> {
    ;(await this.#container()).exit(code)
  }

  /** The kernel kills it for want of memory. */
  async oomKill(): Promise<void> {
    ;(await this.#container()).oomKill()
  }

  /** It takes so much of its node from now on: memory, disk, processes. The node notices within 10 s, and may evict for it. */
  async use(usage: Partial<Usage>): Promise<void> {
    ;(await this.#container()).use(usage)
  }

  /** It writes a line to its log. */
  async write(line: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    ;(await this.#container()).write(line, stream)
  }

  /** All that its newest incarnation wrote. */
  async logs(): Promise<string> {
    const container = await this.#container()
    return container.log
      .from(0)
      .map(({ text }) => text)
      .join('\n')
  }

  /** As the API server has it. */
  async status(): Promise<ContainerStatus | undefined> {
    const { status } = await this.#pod.get()
    return status?.containerStatuses?.find(({ name }) => this.#name === undefined || name === this.#name)
  }

  async #container(): Promise<SimulatedContainer> {
    return this.#find(await this.#pod.get())
  }
}
