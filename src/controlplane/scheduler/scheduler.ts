import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { ApiBackend } from '../apiserver/rest/backend.ts'
import { Informers } from '../controllers/runtime/informer.ts'
import { Binder } from './binder.ts'
import type { AttemptResult, SchedulerFigures } from './figures.ts'
import { type Diagnosis, fitMessage, noNodes } from './framework/diagnosis.ts'
import { type Placement, Placer } from './framework/place.ts'
import { defaultPlugins } from './framework/profile.ts'
import { objectsOf } from './objects-of-informers.ts'
import { observeCluster } from './observe-cluster.ts'
import { evict } from './preemption/evict.ts'
import { preempt } from './preemption/preempt.ts'
import type { Candidate } from './preemption/victims.ts'
import type { QueuedPod } from './queue/queued-pod.ts'
import { SchedulingQueue } from './queue/scheduling-queue.ts'
import { Cluster } from './snapshot/cluster.ts'
import { SchedulerWrites } from './writes.ts'

export interface SchedulerOptions {
  readonly backend: ApiBackend
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Those of the controllers; its own unless given. */
  readonly informers?: Informers
  /** Where it tells of itself. */
  readonly figures?: SchedulerFigures
  /** Breaks ties: from 0 (inclusive) to 1. */
  readonly random?: (() => number) | undefined
}

/** Pods placed between two looks at the event loop, so that requests are answered while very many are placed. */
const batch = 50
/** kube-scheduler's DefaultPodMaxInUnschedulablePodsDuration: however long nothing happens, what fits nowhere is tried again. */
const longestParkedMs = 5 * 60_000

/** Finds nodes for pods as kube-scheduler does with its default profile. Runs until the signal aborts; woken by changes alone. */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #random: () => number
  readonly #cluster: Cluster
  readonly #informers: Informers
  readonly #queue = new SchedulingQueue(defaultPlugins)
  readonly #assumed = new Map<string, AbortController>()
  readonly #writes: SchedulerWrites
  readonly #placer: Placer
  readonly #binder: Binder
  /** What came of pods that fit nowhere, by signature, for as long as the cluster is as it was. */
  readonly #failed = new Map<string, { readonly message: string; readonly diagnosis: Diagnosis }>()
  #failedAt = -1
  #wake: () => void = () => {}
  #retryTimer: Timer | undefined
  #parkedTimer: Timer | undefined

  constructor(options: SchedulerOptions) {
    const { backend, clock, signal, log, random = Math.random } = options
    this.#options = options
    this.#random = random
    this.#writes = new SchedulerWrites(options)
    this.#informers = options.informers ?? new Informers(backend, signal)
    this.#cluster = new Cluster(objectsOf(this.#informers, backend, clock, (resource) => this.#objectChanged(resource)))
    this.#placer = new Placer(defaultPlugins, random)
    const shared = { cluster: this.#cluster, queue: this.#queue, writes: this.#writes, assumed: this.#assumed, log, signal }
    this.#binder = new Binder({ ...shared, now: () => this.#now, wake: () => this.#wake() })
  }

  async run(): Promise<void> {
    if (this.#options.figures) this.#options.figures.pending = () => this.#queue.pending()
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
      if (this.#binder.isFull || !this.#queue.hasNext(this.#now)) await this.#woken()
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
    for (let placed = 0; placed < batch && !this.#binder.isFull && !this.#options.signal.aborted; placed++) {
      const pod = this.#queue.next(this.#now)
      if (!pod) return
      const from = this.#now
      const result = this.#attempt(pod)
      this.#options.figures?.attempted(pod.key, result, this.#now - from)
    }
  }

  #attempt(pod: QueuedPod): AttemptResult {
    try {
      return this.#placeOne(pod) ? 'scheduled' : 'unschedulable'
    } catch (error) {
      this.#options.log.warn('a pod could not be placed; trying again', { pod: pod.key, error: String(error) })
      this.#queue.failed(pod, this.#now)
      return 'error'
    }
  }

  /** Answers whether there is a node for it. */
  #placeOne(pod: QueuedPod): boolean {
    if (this.#failedAt !== this.#cluster.version) this.#failed.clear()
    this.#failedAt = this.#cluster.version
    const known = this.#queue.hasParked ? this.#failed.get(pod.signature) : undefined
    if (known) this.#refuse(pod, known.diagnosis, known.message)
    if (known) return false
    const placement = this.#placer.place(pod.info, this.#cluster)
    if ('node' in placement) this.#binder.bind(pod, placement.node, placement.cycle)
    else this.#lookForRoom(pod, placement)
    return 'node' in placement
  }

  /** Where others of lower priority have it. */
  #lookForRoom(pod: QueuedPod, { diagnosis, cycle }: Extract<Placement, { diagnosis: Diagnosis }>): void {
    if (diagnosis.total === 0) return this.#refuse(pod, diagnosis, noNodes)
    const preemption = preempt(pod.info, this.#cluster, diagnosis, cycle, this.#random)
    if (preemption.do === 'evict') return void this.#makeRoom(pod, diagnosis, preemption.candidate)
    const message = fitMessage(diagnosis, preemption.message)
    const isNominated = Boolean(pod.info.pod.status?.nominatedNodeName)
    if (preemption.endsNomination && isNominated) this.#cluster.forgetNomination(pod.key)
    else this.#failed.set(pod.signature, { diagnosis, message })
    this.#refuse(pod, diagnosis, message, preemption.endsNomination && isNominated ? '' : undefined)
  }

  /** The pod waits for the node, while those go that are in its way. It is not tried again before they have been told. */
  async #makeRoom(pod: QueuedPod, { plugins, ...diagnosis }: Diagnosis, candidate: Candidate): Promise<void> {
    const { backend, clock, log, signal } = this.#options
    this.#cluster.nominate(pod.info, candidate.node)
    try {
      pod.told = fitMessage(diagnosis)
      await this.#writes.refuse(pod, 'Unschedulable', pod.told, candidate.node)
      await evict(pod.info, candidate, { backend, writes: this.#writes, cluster: this.#cluster, now: clock.wall() })
    } catch (error) {
      if (signal.aborted) return
      log.warn('room for a pod could not be made; trying again', { pod: pod.key, error: String(error) })
      this.#queue.failed(pod, this.#now)
      return this.#wake()
    }
    this.#queue.park(pod, plugins, this.#now)
    for (const victim of candidate.victims) if (!this.#cluster.placed(victim.key)) this.#queue.after({ kind: 'pod', change: 'gone', pod: victim }, this.#now)
    this.#wake()
  }

  #refuse(pod: QueuedPod, { plugins }: Diagnosis, message: string, nominated?: string): void {
    this.#queue.park(pod, plugins, this.#now)
    if (pod.told === message && nominated === undefined) return
    pod.told = message
    this.#writes.refuse(pod, 'Unschedulable', message, nominated).catch((error: unknown) => {
      // Told again at the next attempt.
      pod.told = undefined
      if (!this.#options.signal.aborted) this.#options.log.warn('a pod could not be told why it waits', { pod: pod.key, error: String(error) })
    })
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
