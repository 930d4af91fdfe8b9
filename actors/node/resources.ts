import type { Logger } from '../../src/base/log.ts'
import type { ContainerId, PodIdentity } from '../../src/engine/engine.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import { type CgroupLayout, cgroupOfProcess } from '../../src/stats/cgroup/layout.ts'
import { readPodNetwork } from '../../src/stats/node-stats.ts'
import type { InterfaceStats } from '../../src/stats/proc/network.ts'
import { type CgroupSample, createSampler, type Sampler } from '../../src/stats/sampler.ts'
import type { Actor, ActorContext } from '../kernel/types.ts'
import type { ContainersObserved, ResourcesMessage } from './messages.ts'
import type { ResourceReader, ResourceSample } from './resource-reader.ts'

export interface ContainerUse {
  readonly id: ContainerId
  readonly name: string
  readonly sample: CgroupSample
}

export interface PodUse {
  readonly pod: PodIdentity
  readonly containers: readonly ContainerUse[]
  /** Of the whole pod; empty with the host's network. */
  readonly network: readonly InterfaceStats[]
}

/** The newest samples, for whoever shows them: the servers, eviction. */
export class ResourceTable {
  node: ResourceSample | undefined
  readonly pods = new Map<PodUid, PodUse>()
}

export interface ResourcesOptions {
  readonly reader: ResourceReader
  readonly table: ResourceTable
  /** Undefined where there are no cgroups of containers (a simulated engine). */
  readonly layout: CgroupLayout | undefined
  /** cAdvisor: 10 s, with jitter so that nodes do not sample in step. */
  readonly periodMs?: number
  readonly random?: () => number
}

interface Watched {
  readonly observed: ContainersObserved
  readonly keys: readonly string[]
}

/** Samples the node and every container from cgroup files and /proc, all in one sweep. Pods say what runs; nothing is scanned. */
export class Resources implements Actor<ResourcesMessage> {
  readonly #context: ActorContext
  readonly #options: ResourcesOptions
  readonly #sampler: Sampler
  readonly #watched = new Map<PodUid, Watched>()

  constructor(context: ActorContext, options: ResourcesOptions) {
    this.#context = context
    this.#options = options
    this.#sampler = createSampler({ clock: context.clock })
  }

  start(): void {
    this.#arm(0)
  }

  async receive(message: ResourcesMessage): Promise<void> {
    switch (message.type) {
      case 'ContainersObserved':
        return this.#watch(message)
      case 'Sample':
        try {
          await this.#sample(this.#context.log)
        } finally {
          this.#arm(this.#options.periodMs ?? 10_000)
        }
    }
  }

  stop(): void {
    this.#sampler[Symbol.dispose]()
  }

  #arm(periodMs: number): void {
    const { random = Math.random } = this.#options
    this.#context.after('sample', periodMs * (0.9 + 0.2 * random()), { type: 'Sample' })
  }

  #watch(observed: ContainersObserved): void {
    const { uid } = observed.pod
    const { layout, table } = this.#options
    const known = this.#watched.get(uid)
    const wanted = new Set<string>(observed.containers.map(({ id }) => id))
    for (const key of known?.keys ?? []) if (!wanted.has(key)) this.#sampler.remove(key)
    if (observed.containers.length === 0 && observed.sandboxPid === 0) {
      this.#watched.delete(uid)
      table.pods.delete(uid)
      return
    }
    const before = new Set(known?.keys ?? [])
    const keys: string[] = []
    for (const { id, pid } of observed.containers) {
      const location = layout && !before.has(id) ? cgroupOfProcess(layout, pid) : undefined
      if (location) this.#sampler.add(id, location)
      if (location || before.has(id)) keys.push(id)
    }
    this.#watched.set(uid, { observed, keys })
  }

  async #sample(log: Logger): Promise<void> {
    const { reader, table } = this.#options
    try {
      table.node = await reader.sample()
    } catch (error) {
      log.warn('the node could not be sampled', { error: String(error) })
    }
    const samples = this.#sampler.sample()
    for (const [uid, { observed }] of this.#watched) {
      const containers = observed.containers.flatMap(({ id, name }) => {
        const sample = samples.get(id)
        return sample ? [{ id, name, sample }] : []
      })
      const network = observed.sandboxPid > 0 && this.#options.layout ? (readPodNetwork(observed.sandboxPid) ?? []) : []
      table.pods.set(uid, { pod: observed.pod, containers, network })
    }
  }
}
