import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { ApiBackend } from '../apiserver/rest/backend.ts'
import { Informers } from '../controllers/runtime/informer.ts'
import { type Diagnosis, fitMessage, noNodes } from './framework/diagnosis.ts'
import { type Placement, Placer } from './framework/place.ts'
import { defaultPlugins } from './framework/profile.ts'
import { objectsOf } from './objects-of-informers.ts'
import { observeCluster } from './observe-cluster.ts'
import type { QueuedPod } from './queue/queued-pod.ts'
import { SchedulingQueue } from './queue/scheduling-queue.ts'
import { Cluster } from './snapshot/cluster.ts'
import type { NodeInfo } from './snapshot/node-info.ts'
import type { PreBinding } from './snapshot/pre-binding.ts'
import { isGone, SchedulerWrites } from './writes.ts'

export interface SchedulerOptions {
  readonly backend: ApiBackend
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Those of the controllers; its own unless given. */
  readonly informers?: Informers
  /** Breaks ties: from 0 (inclusive) to 1. */
  readonly random?: (() => number) | undefined
}

/** Bindings under way at once; more wait. */
const mostBindings = 100
/** Pods placed between two looks at the event loop, so that requests are answered while very many are placed. */
const batch = 50
/** kube-scheduler's DefaultPodMaxInUnschedulablePodsDuration: however long nothing happens, what fits nowhere is tried again. */
const longestParkedMs = 5 * 60_000

/** Finds nodes for pods as kube-scheduler does with its default profile. Runs until the signal aborts; woken by changes alone. */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #cluster: Cluster
  readonly #informers: Informers
  readonly #queue = new SchedulingQueue(defaultPlugins)
  readonly #assumed = new Map<string, AbortController>()
  readonly #writes: SchedulerWrites
  readonly #placer: Placer
  /** What came of pods that fit nowhere, by signature, for as long as the cluster is as it was. */
  readonly #failed = new Map<string, { readonly message: string; readonly diagnosis: Diagnosis }>()
  #failedAt = -1
  #bindings = 0
  #wake: () => void = () => {}
  #retryTimer: Timer | undefined
  #parkedTimer: Timer | undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
    const { backend, clock, signal } = options
    this.#writes = new SchedulerWrites(options)
    this.#informers = options.informers ?? new Informers(backend, signal)
    this.#cluster = new Cluster(objectsOf(this.#informers, backend, clock, (resource) => this.#objectChanged(resource)))
    this.#placer = new Placer(defaultPlugins, options.random ?? Math.random)
  }

  async run(): Promise<void> {
    const { signal, log } = this.#options
    const state = { cluster: this.#cluster, queue: this.#queue, assumed: this.#assumed, log, now: () => this.#now }
    observeCluster(this.#informers, state, () => this.#wake())
    const stop = () => {
      this.#retryTimer?.cancel()
      this.#parkedTimer?.cancel()
      this.#wake()
    }
    signal.addEventListener('abort', stop, { once: true })
    while (!signal.aborted) {
      if (this.#bindings >= mostBindings || !this.#queue.hasNext(this.#now)) await this.#woken()
      // All changes of this turn are taken together.
      await new Promise((resolve) => setImmediate(resolve))
      this.#placeBatch()
      this.#armTimers()
    }
  }

  #objectChanged(resource: string): void {
    // The first come while the cluster is being made.
    this.#cluster?.touch()
    this.#queue.after({ kind: 'object', resource }, this.#now)
    this.#wake()
  }

  get #now(): number {
    return this.#options.clock.monotonic()
  }

  #woken(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#wake = resolve
      if (this.#options.signal.aborted) resolve()
    })
  }

  #placeBatch(): void {
    for (let placed = 0; placed < batch && this.#bindings < mostBindings && !this.#options.signal.aborted; placed++) {
      const pod = this.#queue.next(this.#now)
      if (!pod) return
      this.#placeOne(pod)
    }
  }

  #placeOne(pod: QueuedPod): void {
    const { log } = this.#options
    if (this.#failedAt !== this.#cluster.version) this.#failed.clear()
    this.#failedAt = this.#cluster.version
    const known = this.#queue.hasParked ? this.#failed.get(pod.signature) : undefined
    if (known) return this.#refuse(pod, known.diagnosis, known.message)
    let placement: Placement
    try {
      placement = this.#placer.place(pod.info, this.#cluster)
    } catch (error) {
      log.warn('a pod could not be placed; trying again', { pod: pod.key, error: String(error) })
      this.#queue.failed(pod, this.#now)
      return
    }
    if ('node' in placement) this.#assume(pod, placement)
    else {
      const { diagnosis } = placement
      const message = diagnosis.total === 0 ? noNodes : fitMessage(diagnosis, unhelpful(diagnosis.total))
      this.#failed.set(pod.signature, { diagnosis, message })
      this.#refuse(pod, diagnosis, message)
    }
  }

  #refuse(pod: QueuedPod, diagnosis: Diagnosis, message: string): void {
    this.#queue.park(pod, diagnosis.plugins, this.#now)
    if (pod.told === message) return
    pod.told = message
    void this.#tell(pod, message)
  }

  async #tell({ key, info: { pod } }: QueuedPod, message: string): Promise<void> {
    try {
      await this.#writes.tell(pod, 'Unschedulable', message)
      await this.#writes.event(pod, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: message })
    } catch (error) {
      if (!this.#options.signal.aborted) this.#options.log.warn('a pod could not be told why it waits', { pod: key, error: String(error) })
    }
  }

  /** The pod has its node as far as others are concerned; the server is told meanwhile. */
  #assume(pod: QueuedPod, { node, cycle }: Extract<Placement, { node: NodeInfo }>): void {
    const ended = new AbortController()
    const preBindings = cycle.active.flatMap(({ filtering }) => filtering.reserve?.(node) ?? [])
    const info = pod.info.on(node.name)
    this.#assumed.set(pod.key, ended)
    this.#cluster.forgetNomination(info.key)
    this.#cluster.put(info)
    this.#queue.placed(pod, this.#now)
    this.#queue.after({ kind: 'pod', change: 'added', pod: info }, this.#now)
    void this.#bind(pod, node.name, preBindings, AbortSignal.any([ended.signal, this.#options.signal]))
  }

  async #bind(queued: QueuedPod, node: string, preBindings: readonly PreBinding[], ended: AbortSignal): Promise<void> {
    const { signal, log } = this.#options
    const { pod } = queued.info
    const { name, namespace } = pod.metadata ?? {}
    try {
      // What is waited for here may take minutes, and holds up nobody else.
      for (const step of preBindings) await step.write(ended)
      await this.#counted(() => this.#writes.bind(pod, node))
    } catch (error) {
      for (const step of preBindings) step.release()
      // Seen bound all the same, or gone: the change has said so.
      if (signal.aborted || !this.#assumed.delete(queued.key)) return
      const taken = this.#cluster.take(queued.key)
      this.#queue.failed(queued, this.#now)
      if (taken) this.#queue.after({ kind: 'pod', change: 'gone', pod: taken }, this.#now)
      if (!isGone(error)) log.warn('a pod could not be bound; trying again', { pod: queued.key, error: String(error) })
      return
    }
    await this.#writes.event(pod, { type: 'Normal', reason: 'Scheduled', action: 'Binding', note: `Successfully assigned ${namespace}/${name} to ${node}` })
  }

  async #counted(write: () => Promise<void>): Promise<void> {
    this.#bindings++
    try {
      await write()
    } finally {
      this.#bindings--
      this.#wake()
    }
  }

  #armTimers(): void {
    const { clock, signal } = this.#options
    if (signal.aborted) return
    this.#retryTimer?.cancel()
    const at = this.#queue.nextAt
    this.#retryTimer = at === undefined ? undefined : clock.setTimer(Math.max(0, at - this.#now), () => this.#wake())
    if (this.#parkedTimer || !this.#queue.hasParked) return
    this.#parkedTimer = clock.setTimer(longestParkedMs, () => {
      this.#parkedTimer = undefined
      this.#queue.retryAll(this.#now)
      this.#wake()
    })
  }
}

const unhelpful = (total: number) => `preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`
