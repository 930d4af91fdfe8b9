import { assertNever } from '../../../src/base/assert-never.ts'
import type { EvictionThreshold } from '../../../src/config/eviction.ts'
import { type PodUid, uidOf } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { secondsOf } from '../../../src/kube/seconds.ts'
import type { Actor, ActorContext } from '../../kernel/types.ts'
import { type Eviction as PodEviction, type PodMessage, podAddress } from '../../pod/messages.ts'
import { isCritical } from '../admission/critical.ts'
import { type EvictionMessage, nodeAddresses, type RecordEvent } from '../messages.ts'
import type { NodeEvents } from '../node-events.ts'
import type { PodTable } from '../pod-table.ts'
import type { ResourceReader, ResourceSample } from '../resource-reader.ts'
import type { ResourceTable } from '../resources.ts'
import { EndedPods } from './ended-pods.ts'
import { localStorageExcess } from './local-storage.ts'
import { evictionWords } from './message.ts'
import type { NodePressure } from './node-pressure.ts'
import { mostUrgent } from './pressure.ts'
import { type Candidate, type DiskLayout, layoutOf, rankForEviction } from './ranking.ts'
import { meaningOf, type Observations } from './signals.ts'

/** kubelet 1.32 `immediateEvictionGracePeriodSeconds`. */
const immediateGraceSeconds = 1
/** Longer than this the measuring of all that pods have written is not waited for. */
const measureMs = 30_000
/** kubelet 1.32: an evicted pod is given half as long again as its grace to stop (`killPodNow`, at least 10 s), then `podCleanupTimeout` to be gone. */
const longestWaitMs = (graceSeconds: number): number => Math.max(10_000, graceSeconds * 1500) + 30_000

export interface EvictionOptions {
  readonly pods: PodTable
  readonly resources: ResourceTable
  readonly reader: Pick<ResourceReader, 'sample'>
  readonly pressure: NodePressure
  /** Reads the signals out of a sample, with what pods use now. */
  readonly observe: (sample: ResourceSample) => Observations
  readonly nodeEvents: Pick<NodeEvents, 'record'>
  /** kubelet: evictionMaxPodGracePeriod, for soft thresholds. */
  readonly maxPodGraceSeconds: number
  /** Removes images that no container uses, before any pod has to go. Absent: none are removed. */
  readonly removeUnusedImages?: (signal: AbortSignal) => Promise<void>
  /** Makes the readings those of now, of disks too where they count. Absent: pods are chosen by the last ones. */
  readonly measureNow?: (disks: boolean, signal: AbortSignal) => Promise<void>
  /** Pods that write more than their limits are evicted. */
  readonly localStorage: boolean
}

/** What the node is short of. */
interface Shortage {
  readonly urgent: EvictionThreshold
  readonly due: readonly EvictionThreshold[]
  readonly observations: Observations
  readonly disks: DiskLayout
}

/**
 * Ends pods that take more of the node's disk than their limits allow, and, one at a time, pods that a node short of something can no
 * longer carry. Looks at every new reading of the resources, and after an eviction not again until what was evicted is gone.
 */
export class Eviction implements Actor<EvictionMessage> {
  /** How many pods were evicted, by signal. */
  readonly counts = new Map<string, number>()
  readonly #context: ActorContext
  readonly #options: EvictionOptions
  /** Told to go, and not yet seen to have ended. */
  readonly #evicted = new Set<PodUid>()
  /** Those of them whose end is waited for. */
  readonly #awaited = new Set<PodUid>()
  readonly #ended: EndedPods
  #relieving = false
  #seen: ResourceSample | undefined

  constructor(context: ActorContext, options: EvictionOptions) {
    this.#context = context
    this.#options = options
    this.#ended = new EndedPods(context, options.pods)
  }

  receive(message: EvictionMessage): void {
    switch (message.type) {
      case 'ResourcesSampled':
        return this.#round()
      case 'EvictedPodGone':
        this.#ended.gone(message.uid)
        if (this.#awaited.delete(message.uid) && this.#awaited.size === 0) this.#resume()
        return
      case 'WaitOver':
        this.#context.log.warn('evicted pods are not gone yet', { uids: [...this.#awaited].join(',') })
        for (const uid of this.#awaited) this.#evicted.delete(uid)
        this.#awaited.clear()
        this.#resume()
        return
      default:
        assertNever(message)
    }
  }

  #round(): void {
    const { resources, pressure, observe, localStorage } = this.#options
    const sample = resources.node
    const observations = sample && observe(sample)
    const due = observations ? pressure.observe(observations, this.#context.clock.monotonic()) : []
    if (this.#awaited.size > 0 || this.#relieving) return
    const disks = layoutOf(sample)
    if (localStorage && this.#evictForLocalStorage(disks !== 'one')) return
    // A second look at the same reading would evict for what may be over.
    if (sample === this.#seen) return
    this.#seen = sample
    const urgent = mostUrgent(due)
    if (urgent && observations) this.#relieve({ urgent, due, observations, disks })
  }

  /** Pods of which something runs, and that the node can do without. */
  #candidates(): readonly Candidate[] {
    const { pods, resources } = this.#options
    for (const uid of this.#evicted) if (!isActive(pods.get(uid))) this.#evicted.delete(uid)
    return pods.all().flatMap((pod): Candidate[] => {
      const use = resources.pods.get(uidOf(pod))
      return use && isActive(pod) && !isCritical(pod) && !this.#evicted.has(uidOf(pod)) ? [{ pod, use }] : []
    })
  }

  #relieve(shortage: Shortage): void {
    const { signal } = shortage.urgent
    const { log } = this.#context
    this.#options.nodeEvents.record('Warning', 'EvictionThresholdMet', `Attempting to reclaim ${meaningOf[signal].resource}`)
    this.#relieving = true
    void this.#relieved(shortage)
      .then((now) => {
        this.#relieving = false
        if (this.#context.signal.aborted) return
        if (now) this.#evictOne(now)
        else log.info('the node has enough again without evicting a pod', { signal })
      })
      .catch((error: unknown) => this.#context.fail(error))
  }

  /** Takes what no pod needs, then measures anew: what pods used a while ago says little of who took what is lacking now. Undefined where nothing lacks any more. */
  async #relieved(shortage: Shortage): Promise<Shortage | undefined> {
    const { signal } = shortage.urgent
    const { log } = this.#context
    try {
      if (await this.#reclaimFor(shortage)) return undefined
    } catch (error) {
      log.warn('what no pod needs could not be removed', { signal, error: String(error) })
    }
    return this.#options.measureNow ? this.#measuredNow(shortage, this.#options.measureNow) : shortage
  }

  /** The shortage by readings of now; undefined where there is none any more. */
  async #measuredNow(shortage: Shortage, measureNow: NonNullable<EvictionOptions['measureNow']>): Promise<Shortage | undefined> {
    const { resources, observe, pressure } = this.#options
    const { signal } = shortage.urgent
    const over = new AbortController()
    const timer = this.#context.clock.setTimer(measureMs, () => over.abort(new Error(`not measured within ${measureMs / 1000} s`)))
    try {
      await measureNow(meaningOf[signal].condition === 'DiskPressure', over.signal)
      const sample = resources.node
      const observations = sample ? observe(sample) : shortage.observations
      return pressure.isRelieved(observations) ? undefined : { ...shortage, observations }
    } catch (error) {
      // Somebody must go, by what is known.
      this.#context.log.warn('what pods use could not be measured before one is evicted; the last readings decide', { signal, error: String(error) })
      return shortage
    } finally {
      timer.cancel()
    }
  }

  /** Short of disk: what ended pods left, then images where the file system holds them. Answers whether that was enough; undefined where nothing can be had. */
  #reclaimFor({ urgent: { signal }, disks }: Shortage): Promise<boolean> | undefined {
    const { removeUnusedImages, reader, observe, pressure } = this.#options
    if (meaningOf[signal].condition !== 'DiskPressure') return undefined
    const removeImages = disks !== 'one' && signal.startsWith('nodefs') ? undefined : removeUnusedImages
    if (!removeImages && !this.#ended.any) return undefined
    const act = async () => {
      await this.#ended.reclaim()
      await removeImages?.(this.#context.signal)
      return pressure.isRelieved(observe(await reader.sample()))
    }
    return act()
  }

  /** kubelet: one pod in each round. */
  #evictOne({ urgent, due, observations, disks }: Shortage): void {
    const { signal, graceMs } = urgent
    const [first] = rankForEviction(this.#candidates(), signal, disks)
    if (!first) return this.#context.log.warn('the node is short of something, and there is no pod to evict', { signal })
    const own = secondsOf(first.pod.spec?.terminationGracePeriodSeconds ?? 30)
    const graceSeconds = graceMs > 0 ? Math.min(this.#options.maxPodGraceSeconds, own) : immediateGraceSeconds
    const { message, annotations } = evictionWords(meaningOf[signal].resource, due, observations, first)
    this.#evict(first.pod, signal, { reason: 'Evicted', message, graceSeconds, disruption: true, reclaim: true }, annotations)
  }

  #evictForLocalStorage(dedicatedImagefs: boolean): boolean {
    for (const { pod, use } of this.#candidates()) {
      const excess = wasMeasured(use) ? localStorageExcess(pod, use, dedicatedImagefs) : undefined
      if (!excess) continue
      const { message, signal } = excess
      // kubelet 1.32: no DisruptionTarget for what the pod brought on itself.
      this.#evict(pod, signal, { reason: 'Evicted', message, graceSeconds: immediateGraceSeconds, disruption: false, reclaim: true })
    }
    return this.#awaited.size > 0
  }

  #evict(pod: Pod, signal: string, eviction: PodEviction, annotations?: Readonly<Record<string, string>>): void {
    const { log } = this.#context
    const { name, namespace, uid, resourceVersion } = pod.metadata ?? {}
    log.info('evicting a pod', { pod: `${namespace}/${name}`, uid, reason: eviction.message })
    const event: RecordEvent = {
      type: 'RecordEvent',
      object: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid, resourceVersion },
      eventType: 'Warning',
      reason: eviction.reason,
      message: eviction.message,
      annotations,
    }
    this.#context.send(nodeAddresses.eventRecorder, event)
    this.#context.send(podAddress(uidOf(pod)), { type: 'Evict', ...eviction, informs: nodeAddresses.eviction } satisfies PodMessage)
    this.#evicted.add(uidOf(pod))
    this.#awaited.add(uidOf(pod))
    this.counts.set(signal, (this.counts.get(signal) ?? 0) + 1)
    this.#context.after('wait', longestWaitMs(eviction.graceSeconds ?? 0), { type: 'WaitOver' } satisfies EvictionMessage)
  }

  /** The readings are of before: new ones come first. */
  #resume(): void {
    this.#context.cancelTimer('wait')
    this.#context.send(nodeAddresses.resources, { type: 'Sample' })
  }
}

/** kubelet: everything that has not come to its end, also while it is being deleted. */
const isActive = (pod: Pod | undefined): boolean => pod !== undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed'

/** Most pods of a simulated node never are. */
const wasMeasured = ({ containers, volumes }: Candidate['use']): boolean =>
  volumes.length > 0 || containers.some(({ rootfs, logs }) => rootfs !== undefined || logs !== undefined)
