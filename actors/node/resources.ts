import { assertNever } from '../../src/base/assert-never.ts'
import { LazyMap } from '../../src/base/lazy-map.ts'
import type { Logger } from '../../src/base/log.ts'
import type { ContainerId, PodIdentity } from '../../src/engine/engine.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import { type CgroupLayout, cgroupOfProcess, cgroupPath } from '../../src/stats/cgroup/layout.ts'
import type { FilesystemStats } from '../../src/stats/filesystem.ts'
import { readPodNetwork } from '../../src/stats/node-stats.ts'
import type { InterfaceStats } from '../../src/stats/proc/network.ts'
import { type CgroupSample, createSampler, type Sampler } from '../../src/stats/sampler.ts'
import type { Actor, ActorContext } from '../kernel/types.ts'
import type { ContainerDisk, DiskReadings, VolumeDisk } from './disk-meter.ts'
import { type ContainersObserved, type EvictionMessage, nodeAddresses, type ResourcesMessage } from './messages.ts'
import type { ResourceReader, ResourceSample } from './resource-reader.ts'

export interface ContainerUse extends ContainerDisk {
  readonly id: ContainerId
  readonly name: string
  readonly attempt: number
  readonly image: string
  /** Wall-clock ms. */
  readonly startedAt: number | undefined
  /** Path below the cgroup root. */
  readonly cgroup: string
  readonly sample: CgroupSample
}

export interface PodUse {
  readonly pod: PodIdentity
  readonly containers: readonly ContainerUse[]
  /** Of the whole pod; empty with the host's network. */
  readonly network: readonly InterfaceStats[]
  /** Wall-clock ms of this reading. */
  readonly at: number
  /** As last measured; none before. */
  readonly volumes: readonly VolumeDisk[]
}

/** The newest samples, for whoever shows them: the servers, eviction. */
export class ResourceTable {
  node: ResourceSample | undefined
  /** Cores in use by the whole node between the last two samples, in billionths. */
  nodeNanoCores: number | undefined
  readonly pods = new Map<PodUid, PodUse>()

  /** What the logs of containers take, of those that were measured. */
  logs(): readonly { readonly uid: PodUid; readonly namespace: string; readonly pod: string; readonly container: string; readonly bytes: number }[] {
    return [...this.pods.values()].flatMap(({ pod: { uid, namespace, name }, containers }) =>
      containers.flatMap((each) => (each.logs ? [{ uid, namespace, pod: name, container: each.name, bytes: each.logs.bytes }] : [])),
    )
  }

  /** The claims of pods that were measured, one that pods share as often as they do. */
  claims(): readonly { readonly namespace: string; readonly claim: string; readonly filesystem: FilesystemStats }[] {
    return [...this.pods.values()].flatMap(({ pod: { namespace }, volumes }) =>
      volumes.flatMap(({ claim, filesystem }) => (claim !== undefined && filesystem ? [{ namespace, claim, filesystem }] : [])),
    )
  }
}

export interface ResourcesOptions {
  readonly reader: ResourceReader
  readonly table: ResourceTable
  /** Undefined where there are no cgroups of containers (a simulated engine). */
  readonly layout: CgroupLayout | undefined
  /** cAdvisor: 10 s, with jitter so that nodes do not sample in step. */
  readonly periodMs?: number
  /** Where containers have no cgroups and pods no interfaces: what one uses, undefined when it cannot be told. */
  readonly simulation?: {
    readonly sampleOf: (id: ContainerId) => CgroupSample | undefined
    readonly networkOf: (uid: PodUid) => readonly InterfaceStats[] | undefined
  }
  /** Measures what pods write; absent where they write nothing. */
  readonly disks?: { readonly measure: (pods: readonly ContainersObserved[], signal: AbortSignal) => Promise<DiskReadings>; readonly periodMs: number }
  readonly random?: () => number
  /** Told after each sample. */
  readonly sampled?: () => void
}

/** A change brings the next reading this near: enough for many changes at once to share it. */
const soonMs = { sample: 1000, disks: 6000 }

interface Watched {
  readonly observed: ContainersObserved
  /** Of the containers that are sampled: id to the cgroup's path. */
  readonly cgroups: ReadonlyMap<string, string>
}

/** Samples the node and every container from cgroup files and /proc, all in one sweep. Pods say what runs; nothing is scanned. */
export class Resources implements Actor<ResourcesMessage> {
  readonly #context: ActorContext
  readonly #options: ResourcesOptions
  readonly #sampler: Sampler
  readonly #watched = new Map<PodUid, Watched>()
  #paceMs: number | undefined
  readonly #dueAt = { sample: 0, disks: 0 }
  /** Pods with containers that were not sampled yet. */
  readonly #fresh = new Set<PodUid>()
  #freshDue = false
  #disks: DiskReadings = { containers: new Map(), volumes: new Map() }

  constructor(context: ActorContext, options: ResourcesOptions) {
    this.#context = context
    this.#options = options
    this.#sampler = createSampler({ clock: context.clock })
  }

  start(): void {
    this.#due('sample', 0)
    this.#due('disks', Math.min(soonMs.disks, this.#options.disks?.periodMs ?? 0))
  }

  async receive(message: ResourcesMessage): Promise<void> {
    switch (message.type) {
      case 'ContainersObserved':
        return this.#watch(message)
      case 'Sample':
        try {
          await this.#sample(this.#context.log)
          this.#context.send(nodeAddresses.eviction, { type: 'ResourcesSampled' } satisfies EvictionMessage, { mergeKey: 'sampled' })
        } finally {
          this.#due('sample', this.#periodMs)
        }
        return
      case 'SampleNew':
        return this.#sampleFresh()
      case 'SamplePace':
        this.#paceMs = message.periodMs
        if (this.#dueAt.sample - this.#context.clock.monotonic() > this.#periodMs) this.#due('sample', 0)
        return
      case 'MeasureDisks':
        // Beside the samples, not between them.
        void this.#measureDisks()
        return
      default:
        assertNever(message)
    }
  }

  stop(): void {
    this.#sampler[Symbol.dispose]()
  }

  get #periodMs(): number {
    return this.#paceMs ?? this.#options.periodMs ?? 10_000
  }

  #due(what: 'sample' | 'disks', afterMs: number): void {
    const { random = Math.random, disks } = this.#options
    if (what === 'disks' && !disks) return
    const delayMs = afterMs * (0.9 + 0.2 * random())
    this.#dueAt[what] = this.#context.clock.monotonic() + delayMs
    this.#context.after(what, delayMs, { type: what === 'sample' ? 'Sample' : 'MeasureDisks' })
  }

  /** Something new runs: nobody should wait a whole period to see it. It alone is read: while many pods begin, all of them again and again would cost more than their start. */
  #freshSoon(uid: PodUid): void {
    this.#fresh.add(uid)
    if (this.#freshDue || this.#dueAt.sample - this.#context.clock.monotonic() <= soonMs.sample * 1.1) return
    this.#freshDue = true
    this.#context.after('fresh', soonMs.sample, { type: 'SampleNew' })
  }

  #disksSoon(): void {
    if (this.#dueAt.disks - this.#context.clock.monotonic() > soonMs.disks * 1.1) this.#due('disks', soonMs.disks)
  }

  #sampleFresh(): void {
    this.#freshDue = false
    for (const uid of this.#fresh) {
      const watched = this.#watched.get(uid)
      if (watched) this.#show(uid, watched, (id) => this.#sampler.sampleOne(id))
    }
    this.#fresh.clear()
    this.#options.sampled?.()
  }

  async #measureDisks(): Promise<void> {
    const { signal, log } = this.#context
    // Not again by a change while it runs.
    this.#dueAt.disks = 0
    try {
      const found = await this.#options.disks?.measure(
        [...this.#watched.values()].map(({ observed }) => observed),
        signal,
      )
      if (found) {
        this.#disks = found
        // The table shows it with the next sample; who looks for pods that write too much shall not wait.
        this.#due('sample', 0)
      }
    } catch (error) {
      if (!signal.aborted) log.warn('what pods take of the disk could not be measured', { error: String(error) })
    }
    if (!signal.aborted) this.#due('disks', this.#options.disks?.periodMs ?? 0)
  }

  /**
   * Makes the readings those of now: of the node and its containers, with `disks` of what they take of the disk too. Beside the measuring that goes on in its
   * own time, which may have begun before what is asked about happened.
   */
  async measureNow(disks: boolean, signal: AbortSignal): Promise<void> {
    const pods = [...this.#watched.values()].map(({ observed }) => observed)
    if (disks) this.#disks = (await this.#options.disks?.measure(pods, AbortSignal.any([signal, this.#context.signal]))) ?? this.#disks
    await this.#sample(this.#context.log)
  }

  #watch(observed: ContainersObserved): void {
    const { uid } = observed.pod
    const { layout, table } = this.#options
    const known = this.#watched.get(uid)
    const wanted = new Set<string>(observed.containers.map(({ id }) => id))
    for (const key of known?.cgroups.keys() ?? []) if (!wanted.has(key)) this.#sampler.remove(key)
    if (observed.containers.length === 0 && observed.sandboxPid === 0) {
      this.#watched.delete(uid)
      table.pods.delete(uid)
      return
    }
    const cgroups = new LazyMap<string, string>()
    for (const { id, pid } of observed.containers) {
      const before = known?.cgroups.get(id)
      const location = layout && before === undefined ? cgroupOfProcess(layout, pid) : undefined
      if (location) {
        this.#sampler.add(id, location)
        this.#freshSoon(uid)
        this.#disksSoon()
      }
      const path = before ?? (layout && location && cgroupPath(layout, location))
      if (path !== undefined) cgroups.set(id, path)
    }
    this.#watched.set(uid, { observed, cgroups })
  }

  async #sample(log: Logger): Promise<void> {
    const { reader, table } = this.#options
    try {
      const next = await reader.sample()
      table.nodeNanoCores = rate(table.node, next) ?? table.nodeNanoCores
      table.node = next
    } catch (error) {
      log.warn('the node could not be sampled', { error: String(error) })
    }
    const samples = this.#sampler.sample()
    for (const [uid, watched] of this.#watched) this.#show(uid, watched, (id) => samples.get(id))
    this.#fresh.clear()
    this.#options.sampled?.()
  }

  #show(uid: PodUid, { observed, cgroups }: Watched, sampleOf: (id: string) => CgroupSample | undefined): void {
    const { table, layout, simulation } = this.#options
    const containers = observed.containers.flatMap(({ id, name, attempt, image, startedAt }) => {
      const sample = sampleOf(id) ?? simulation?.sampleOf(id)
      const disk = this.#disks.containers.get(id)
      return sample ? [{ id, name, attempt, image, startedAt, cgroup: cgroups.get(id) ?? `/kubepods/pod${uid}/${id}`, sample, ...disk }] : []
    })
    const network = simulation ? simulation.networkOf(uid) : observed.sandboxPid > 0 && layout ? readPodNetwork(observed.sandboxPid) : undefined
    table.pods.set(uid, {
      pod: observed.pod,
      containers,
      network: network ?? [],
      at: this.#context.clock.wall(),
      volumes: this.#disks.volumes.get(uid) ?? [],
    })
  }
}

function rate(before: ResourceSample | undefined, now: ResourceSample): number | undefined {
  const ms = before === undefined ? 0 : now.at - before.at
  return before === undefined || ms < 100 ? undefined : Math.max(0, Math.round(((now.cpuUsageNs - before.cpuUsageNs) / ms) * 1000))
}
