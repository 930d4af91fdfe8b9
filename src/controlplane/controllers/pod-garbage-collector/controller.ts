import type { Node, Pod } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { asController } from '../runtime/controller-user.ts'
import { disruptionCondition, observedGenerationOf } from '../runtime/disruption.ts'
import { type Informer, type InformerChange, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { condemned, hasEnded, isOutOfService, type Removal } from './reconcile.ts'

export interface PodGarbageCollectorOptions extends SchedulerOptions {
  readonly informers: Informers
  /** kube-controller-manager's --terminated-pod-gc-threshold; 12500 unless said. */
  readonly threshold?: number
}

// kube-controller-manager's gcCheckPeriod and quarantineTime.
const roundMs = 20_000
const quarantineMs = 40_000
const defaultThreshold = 12_500
/** No node has such a name. */
const round = '/round'
const call = asController('pod-garbage-collector')

/** Takes away the pods that no node does: of nodes that are gone or out of service, never scheduled, or ended beyond the number that is kept. Idle, it does nothing. */
export class PodGarbageCollector {
  readonly #options: PodGarbageCollectorOptions
  readonly #pods: Informer<Pod>
  readonly #nodes: Informer<Node>
  readonly #queue: KeyedQueue
  readonly #threshold: number
  /** `namespace/name` of the pods that have ended. */
  readonly #ended = new Set<string>()
  /** Nodes that are named and not there. */
  readonly #missing = new Set<string>()
  #roundIsDue = false

  constructor(options: PodGarbageCollectorOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#threshold = options.threshold ?? defaultThreshold
    this.#queue = new KeyedQueue({ name: 'pod-garbage-collector', clock, log, signal, concurrency: 1, handle: (key) => this.#sync(key) })
    this.#pods = informers.of<Pod>('pods')
    this.#nodes = informers.of<Node>('nodes')
    this.#nodes.onChange((change) => this.#onNode(change))
    this.#pods.onChange((change) => this.#onPod(change))
  }

  #onNode({ object: node, gone }: InformerChange<Node>): void {
    const name = node.metadata?.name ?? ''
    if (gone) return this.#quarantine(name)
    this.#missing.delete(name)
    this.#queue.schedule(name, undefined)
    if (isOutOfService(node)) this.#soon()
  }

  #onPod({ object: pod, gone }: InformerChange<Pod>): void {
    const key = keyOf(pod)
    if (gone || !hasEnded(pod)) this.#ended.delete(key)
    else this.#ended.add(key)
    if (gone) return
    const { nodeName } = pod.spec ?? {}
    if (nodeName && !this.#nodes.get(`/${nodeName}`)) this.#quarantine(nodeName)
    const isGoing = pod.metadata?.deletionTimestamp !== undefined
    const isAlone = isGoing && (!nodeName || isOutOfService(this.#nodes.get(`/${nodeName}`)))
    if (isAlone || (this.#threshold > 0 && this.#ended.size > this.#threshold)) this.#soon()
  }

  #quarantine(node: string): void {
    if (this.#missing.has(node)) return
    this.#missing.add(node)
    this.#queue.schedule(node, quarantineMs)
  }

  #soon(): void {
    if (this.#roundIsDue) return
    this.#roundIsDue = true
    this.#queue.schedule(round, roundMs)
  }

  async #sync(key: string): Promise<void> {
    const isRound = key === round
    if (isRound) this.#roundIsDue = false
    else this.#missing.delete(key)
    const lostNodes = new Set(isRound || this.#nodes.get(`/${key}`) ? [] : [key])
    if (!isRound && lostNodes.size === 0) return
    const nodeOf = (name: string) => this.#nodes.get(`/${name}`)
    for (const removal of condemned({ pods: this.#pods.all(), nodeOf, lostNodes, threshold: isRound ? this.#threshold : 0 })) await this.#remove(removal)
  }

  async #remove({ pod, disruption }: Removal): Promise<void> {
    const { backend, clock, log } = this.#options
    const { name = '', namespace, uid } = pod.metadata ?? {}
    const ref = { resource: 'pods', namespace, name }
    if (!hasEnded(pod)) {
      const conditions = disruption ? [disruptionCondition(pod, disruption, clock.wall())] : undefined
      const status = { phase: 'Failed', ...observedGenerationOf(pod), ...(conditions && { conditions }) }
      // The uid keeps a new pod of the same name from being meant.
      const patch = { metadata: { uid }, status }
      if (!(await unless(backend.patch(ref, 'application/strategic-merge-patch+json', patch, { ...call, subresource: 'status' })))) return
    }
    await unless(backend.delete(ref, { gracePeriodSeconds: 0, preconditions: { ...(uid !== undefined && { uid }) } }, call))
    log.info('a pod is removed by force', { pod: `${namespace}/${name}`, node: pod.spec?.nodeName, ...disruption })
  }
}
