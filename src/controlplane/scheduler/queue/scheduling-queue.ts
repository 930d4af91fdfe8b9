import type { PendingPods } from '../figures.ts'
import type { ClusterEvent, Plugin } from '../framework/plugin.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { backoffUntil } from './backoff.ts'
import { Heap } from './heap.ts'
import { ParkedPods } from './parked-pods.ts'
import { QueuedPod } from './queued-pod.ts'

interface Entry {
  readonly pod: QueuedPod
  /** The entry holds for as long as the pod stands there. */
  readonly place: QueuedPod['place']
  readonly priority: number
  readonly at: number
}

/** Backoffs that end in the same second end together, the more important first (kube-scheduler's backoffQOrderingWindowDuration). */
const windowMs = 1000
const windowOf = ({ at }: Entry) => Math.floor(at / windowMs)
const endsBefore = (a: Entry, b: Entry): boolean =>
  windowOf(a) < windowOf(b) || (windowOf(a) === windowOf(b) && (a.priority > b.priority || (a.priority === b.priority && a.at < b.at)))

/** The pods without a node: to be tried, waiting to be tried again, and waiting for something to happen. All times are ms of one clock. */
export class SchedulingQueue {
  readonly #pods = new Map<string, QueuedPod>()
  readonly #parked: ParkedPods
  /** The more important first, then who has waited longest (PrioritySort). */
  readonly #active = new Heap<Entry>((a, b) => a.priority > b.priority || (a.priority === b.priority && a.at < b.at))
  readonly #backoff = new Heap<Entry>(endsBefore)
  readonly #errors = new Heap<Entry>(endsBefore)
  #order = 0

  constructor(plugins: readonly Plugin[]) {
    this.#parked = new ParkedPods(plugins)
  }

  /** How many wait for what. */
  pending(): PendingPods {
    const counts = { active: 0, backoff: 0, unschedulable: 0, gated: 0 }
    for (const { place } of this.#pods.values()) {
      if (place.in === 'parked') counts.unschedulable++
      else if (place.in !== 'flight') counts[place.in]++
    }
    return counts
  }

  get hasParked(): boolean {
    return !this.#parked.isEmpty
  }

  get(key: string): QueuedPod | undefined {
    return this.#pods.get(key)
  }

  /** A pod that is new or has changed. */
  put(info: PodInfo, now: number): void {
    const known = this.#pods.get(info.key)
    const isGated = (info.pod.spec?.schedulingGates?.length ?? 0) > 0
    if (known && known.info.uid === info.uid) {
      const { place, signature } = known
      if (known.update(info)) {
        this.#tryInstead(this.#parked.remove(known.key, signature), now)
        if (place.in === 'parked') this.#retry(known, now)
      }
      if (place.in === 'gated' && !isGated) this.#activate(known)
      return
    }
    if (known) this.remove(info.key, now)
    const pod = new QueuedPod(info)
    this.#pods.set(info.key, pod)
    if (isGated) pod.place = { in: 'gated' }
    else this.#activate(pod)
  }

  /** It waits no more: it is gone, or has its node. */
  remove(key: string, now: number): void {
    const pod = this.#pods.get(key)
    if (!pod) return
    this.#pods.delete(key)
    pod.place = { in: 'flight' }
    if (this.hasParked) this.#tryInstead(this.#parked.remove(key, pod.signature), now)
  }

  /** Takes out whom to try now. */
  next(now: number): QueuedPod | undefined {
    for (const heap of [this.#backoff, this.#errors])
      for (let entry = this.#peek(heap); entry && entry.at <= now; entry = this.#peek(heap)) {
        heap.pop()
        this.#activate(entry.pod)
      }
    // While nothing else is to be done nobody has to wait who only did not fit (kube-scheduler's SchedulerPopFromBackoffQ).
    const entry = this.#peek(this.#active) ? this.#active.pop() : this.#peek(this.#backoff) && this.#backoff.pop()
    if (!entry) return undefined
    entry.pod.place = { in: 'flight' }
    return entry.pod
  }

  /** Whether somebody is to be tried now. */
  hasNext(now: number): boolean {
    return [this.#active, this.#backoff].some((heap) => this.#peek(heap)) || (this.#peek(this.#errors)?.at ?? Number.POSITIVE_INFINITY) <= now
  }

  /** When the next comes that an error holds back; undefined for none. */
  get nextAt(): number | undefined {
    return this.#peek(this.#errors)?.at
  }

  /** It fits nowhere, says who refused it. */
  park(pod: QueuedPod, plugins: ReadonlySet<string>, now: number): void {
    if (this.#pods.get(pod.key) !== pod) return
    pod.unschedulable++
    pod.errors = 0
    pod.triedAt = now
    pod.place = { in: 'parked' }
    this.#parked.park(pod, plugins)
  }

  /** The attempt failed for a reason that has nothing to do with where it fits. */
  failed(pod: QueuedPod, now: number): void {
    if (this.#pods.get(pod.key) !== pod) return
    pod.errors++
    pod.triedAt = now
    // Its fault need not be that of others.
    this.#tryInstead(this.#parked.release(pod.key, pod.signature), now)
    this.#retry(pod, now)
  }

  /** It has found a node, and is being bound. */
  placed(pod: QueuedPod, now: number): void {
    if (this.hasParked) this.#tryInstead(this.#parked.release(pod.key, pod.signature), now)
  }

  /** Something has happened: who may fit now is tried. */
  after(event: ClusterEvent, now: number): void {
    for (const pod of this.#parked.after(event)) this.#retry(pod, now)
  }

  /** One of each kind is tried, whatever has happened. */
  retryAll(now: number): void {
    for (const pod of this.#parked.all()) this.#retry(pod, now)
  }

  #tryInstead(pod: QueuedPod | undefined, now: number): void {
    if (pod) this.#retry(pod, now)
  }

  #retry(pod: QueuedPod, now: number): void {
    const until = backoffUntil(pod)
    if (until <= now) return this.#activate(pod)
    const isError = pod.errors > 0
    pod.place = { in: 'backoff', until, isError }
    const heap = isError ? this.#errors : this.#backoff
    heap.push({ pod, place: pod.place, priority: pod.info.priority, at: until })
  }

  #activate(pod: QueuedPod): void {
    const order = this.#order++
    pod.place = { in: 'active', order }
    this.#active.push({ pod, place: pod.place, priority: pod.info.priority, at: order })
  }

  /** The first entry that still holds. */
  #peek(heap: Heap<Entry>): Entry | undefined {
    for (let entry = heap.peek(); entry; entry = heap.peek()) {
      if (entry.pod.place === entry.place) return entry
      heap.pop()
    }
    return undefined
  }
}
