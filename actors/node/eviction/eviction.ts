import { type PodUid, podUid } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import type { Actor, ActorContext } from '../../kernel/types.ts'
import { type Eviction as PodEviction, type PodMessage, podAddress } from '../../pod/messages.ts'
import { isCritical } from '../admission/critical.ts'
import { type EvictionMessage, nodeAddresses, type RecordEvent } from '../messages.ts'
import type { PodTable } from '../pod-table.ts'
import type { ResourceTable } from '../resources.ts'
import { localStorageExcess } from './local-storage.ts'

/** kubelet 1.32 `immediateEvictionGracePeriodSeconds`. */
const immediateGraceSeconds = 1
/** kubelet 1.32: an evicted pod is given half as long again as its grace to stop (`killPodNow`, at least 10 s), then `podCleanupTimeout` to be gone. */
const longestWaitMs = (graceSeconds: number): number => Math.max(10_000, graceSeconds * 1500) + 30_000

export interface EvictionOptions {
  readonly pods: PodTable
  readonly resources: ResourceTable
  /** Pods that write more than their limits are evicted. */
  readonly localStorage: boolean
}

/**
 * Ends pods that take more of the node's disk than their limits allow. Looks at every new reading of the resources,
 * and after an eviction not again until what was evicted is gone.
 */
export class Eviction implements Actor<EvictionMessage> {
  /** How many pods were evicted, by signal. */
  readonly counts = new Map<string, number>()
  readonly #context: ActorContext
  readonly #options: EvictionOptions
  readonly #evicted = new Set<PodUid>()
  #waiting = false

  constructor(context: ActorContext, options: EvictionOptions) {
    this.#context = context
    this.#options = options
  }

  receive(message: EvictionMessage): void {
    switch (message.type) {
      case 'ResourcesSampled':
        if (!this.#waiting) this.#round()
        return
      case 'EvictedPodGone':
        this.#evicted.delete(message.uid)
        if (this.#waiting && this.#evicted.size === 0) this.#resume()
        return
      case 'WaitOver':
        this.#context.log.warn('evicted pods are not gone yet', { uids: [...this.#evicted].join(',') })
        this.#evicted.clear()
        this.#resume()
    }
  }

  #round(): void {
    const { pods, localStorage } = this.#options
    const active = pods.all().filter(isActive)
    if (localStorage) this.#evictForLocalStorage(active)
  }

  #evictForLocalStorage(pods: readonly Pod[]): void {
    const { resources } = this.#options
    for (const pod of pods) {
      const use = resources.pods.get(uidOf(pod))
      const excess = use && localStorageExcess(pod, use, resources.node?.dedicatedImagefs ?? false)
      // kubelet 1.32: no DisruptionTarget for what the pod brought on itself.
      if (excess)
        this.#evict(pod, excess.signal, { reason: 'Evicted', message: excess.message, graceSeconds: immediateGraceSeconds, disruption: false, reclaim: true })
    }
  }

  /** False for a pod that the node cannot do without. */
  #evict(pod: Pod, signal: string, eviction: PodEviction, annotations?: Readonly<Record<string, string>>): boolean {
    const { log } = this.#context
    const { name, namespace, uid, resourceVersion } = pod.metadata ?? {}
    if (isCritical(pod)) {
      log.warn('a critical pod takes too much and is not evicted', { pod: `${namespace}/${name}`, reason: eviction.message })
      return false
    }
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
    this.#context.send(podAddress(uidOf(pod)), { type: 'Evict', ...eviction } satisfies PodMessage)
    this.#evicted.add(uidOf(pod))
    this.counts.set(signal, (this.counts.get(signal) ?? 0) + 1)
    this.#waiting = true
    this.#context.after('wait', longestWaitMs(eviction.graceSeconds ?? 0), { type: 'WaitOver' } satisfies EvictionMessage)
    return true
  }

  /** The readings are of before: new ones come first. */
  #resume(): void {
    this.#waiting = false
    this.#context.cancelTimer('wait')
    this.#context.send(nodeAddresses.resources, { type: 'Sample' })
  }
}

/** kubelet: everything that has not come to its end, also while it is being deleted. */
const isActive = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

const uidOf = (pod: Pod): PodUid => podUid(pod.metadata?.uid ?? '')
